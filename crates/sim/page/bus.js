// What one part of the page asks of another without knowing it: each is set by the part that can do it.

export const bus = {
  /** Shows a message that is on the page. */
  jump: () => {},
  /** Begins a reply. */
  replyTo: () => {},
  /** Begins to edit a message. */
  edit: () => {},
  /** Puts text into the composer of the channel in the middle. */
  insert: () => {},
  /** Puts the cursor into the composer of a channel that is shown. */
  write: () => {},
  /** Whether there is room for a thread beside its channel. */
  fitsBeside: () => false,
  /** Closes the sidebar where it lies over the talk. */
  closeSidebar: () => {},
};
