"""Still pages that stand next to exact answers: each has numbers(runs) and draw(numbers)."""
