// What one part of the page asks of another without knowing it: each is set by the part that can do it.

export const bus = {
  /** Shows a message of the open channel. */
  jump: () => {},
  /** Begins a reply. */
  replyTo: () => {},
  /** Begins to edit a message. */
  edit: () => {},
  /** Puts text into the composer. */
  insert: () => {},
  /** Closes the sidebar where it lies over the talk. */
  closeSidebar: () => {},
};
