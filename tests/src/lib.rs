//! Kamurj.
