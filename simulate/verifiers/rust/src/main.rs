//! dcap-qvl AT DIR...: what the Rust crate dcap-qvl says to the quotes in these
//! directories at this time, each with the collateral and root beside it. Prints
//! DIR, a tab, and the TCB status or "refused: why" for each.
use dcap_qvl::{verify::QuoteVerifier, QuoteCollateralV3};
use std::{env, error::Error, fs};

fn judge(dir: &str, at: u64) -> Result<String, Box<dyn Error>> {
    let quote = fs::read(format!("{dir}/quote.bin"))?;
    let root = fs::read(format!("{dir}/root.der"))?;
    let text = fs::read(format!("{dir}/collateral.json"))?;
    let collateral: QuoteCollateralV3 = serde_json::from_slice(&text)?;

    Ok(match QuoteVerifier::new(root).verify(&quote, &collateral, at) {
        Ok(report) => report.status,
        Err(e) => format!("refused: {e:#}"),
    })
}

fn main() {
    let mut args = env::args().skip(1);
    let at = args.next().and_then(|a| a.parse().ok()).expect("AT");

    for dir in args {
        let answer = judge(&dir, at).unwrap_or_else(|e| e.to_string());
        println!("{dir}\t{}", answer.replace('\n', " "));
    }
}
