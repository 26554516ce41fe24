"""Train generative models on data whose every answer is known, and draw what they learnt.

python main.py                              all eight models, 1D and 2D
python main.py --model fm facm --dim 2d     some of them
"""

if __name__ == "__main__":
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent))  # python -I and -P leave it out
    from commands.study import main

    sys.exit(main(__doc__))
