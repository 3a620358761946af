//! Prints the sample block: `cargo run -p rollup-vectors --example sample_block > examples/blocks/sample.json`.
#![expect(clippy::print_stdout, reason = "printing is its purpose")]

fn main() -> eyre::Result<()> {
    println!("{:#}", rollup_vectors::sample_witness()?);
    Ok(())
}
