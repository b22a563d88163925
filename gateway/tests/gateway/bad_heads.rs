//! bad heads
