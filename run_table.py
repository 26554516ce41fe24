"""Compute Table 2 of Tong et al. 2302.00482 next to exact answers on the same protocol.

python run_table.py --quick
python run_table.py
python run_table.py --scheduler tcp://host:8786

Leaves table/table.md and table/table.csv in the output folder.
Finished points are kept and not computed again.
"""

if __name__ == "__main__":
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent))  # python -I and -P leave it out
    from commands.table import main

    sys.exit(main(__doc__))
