"""Train models side by side and animate them: one frame per epoch that holds them all, and a GIF.

python run_comparison.py --dim 1d --epochs 200
python run_comparison.py --dim both --models fm meanflow facm backflow
python run_comparison.py --sweep lr=1e-4,1e-3,1e-2    is run_sweep.py
"""

if __name__ == "__main__":
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent))  # python -I and -P leave it out
    from commands.comparison import main

    sys.exit(main(__doc__))
