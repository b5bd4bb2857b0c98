"""dcap-qvl.py AT DIR...: what the published Python package dcap-qvl, which is the
Rust crate of that name, says to the quotes in these directories at this time,
each with the collateral and root beside it. Prints DIR, a tab, and the TCB
status or "refused: why" for each, as the driver of the crate does."""
import re
import sys

import dcap_qvl


def read(name):
    with open(name, "rb") as f:
        return f.read()


# "Verification failed: A / Caused by: / 0: B / 1: C" is "A: B: C" in Rust.
def as_one_line(text):
    first, *causes = text.removeprefix("Verification failed: ").split("\n")
    causes = [re.sub(r"^\s*(\d+: )?", "", c) for c in causes]
    parts = [first, *(c for c in causes if c and c != "Caused by:")]
    return ": ".join(p.removesuffix(":") for p in parts)


def judge(at, folder):
    quote = read(f"{folder}/quote.bin")
    root = read(f"{folder}/root.der")
    try:
        collateral = dcap_qvl.QuoteCollateralV3.from_json(
            read(f"{folder}/collateral.json").decode())
        return dcap_qvl.verify_with_root_ca(quote, collateral, root, at).status
    except Exception as e:  # whatever it raises is what it says
        return "refused: " + as_one_line(str(e))


at = int(sys.argv[1])
for directory in sys.argv[2:]:
    print(directory, judge(at, directory), sep="\t")
