//! A real L1, and what the proxy before it makes of it.

mod chain;
