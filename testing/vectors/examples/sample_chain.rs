//! Prints the sample chain: `cargo run -p rollup-vectors --example sample_chain > chain.rlp`, to be put at
//! `examples/blocks/chain.rlp`.

use std::io::Write;

fn main() -> eyre::Result<()> {
    std::io::stdout().lock().write_all(&rollup_vectors::sample_chain()?)?;
    Ok(())
}
