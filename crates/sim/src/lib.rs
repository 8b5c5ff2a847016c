//! kaiwa-sim.
