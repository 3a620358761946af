//! The `debug` namespace.

mod blocks;
mod call_tracer;
mod calls;
mod limits;
mod modified;
mod prestate;
mod raw;
mod struct_logs;
mod tracers;
mod witness;
