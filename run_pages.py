"""Draw pages from the saved runs, without training; only the ablation's page trains what it lacks.

python run_pages.py losses maps    the training; one evaluation and the exact map
python run_pages.py scoreboard     metrics.csv, scoreboard.md, scoreboard.png
python run_pages.py report         report.html, the explorer
python run_pages.py data           the data themselves: needs no runs
"""

if __name__ == "__main__":
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent))  # python -I and -P leave it out
    from commands.pages import main

    sys.exit(main(__doc__))
