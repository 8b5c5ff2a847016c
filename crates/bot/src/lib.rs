//! Kaiwa's rooms: how it is done. `ARCHITECTURE.md` tells how they fit together.
