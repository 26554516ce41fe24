// The worker in which models train, away from the page.
