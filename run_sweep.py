"""Train and measure every combination of settings, in processes or on dask workers.

python run_sweep.py --sweep lr=1e-4,1e-3,1e-2 --models fm meanflow --dim 1d
python run_sweep.py --sweep lr=1e-4,1e-3 hidden=32-64-32,128-128
python run_sweep.py --sweep lr=1e-4,1e-3,1e-2 --scheduler tcp://host:8786

Leaves sweep/sweep.csv and sweep/sweep.png in the output folder.
The first parameter is the chart's axis, the others choose the panel.
Finished points are kept and not computed again.
"""

if __name__ == "__main__":
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent))  # python -I and -P leave it out
    from commands.sweep import main

    sys.exit(main(__doc__))
