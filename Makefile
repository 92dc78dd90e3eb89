# The two commands of the README. On Windows, or without make: python app/bootstrap.py demo|test
PYTHON ?= python3
HOUSEHOLDS ?= 30000
SEED ?= 2025
PORT ?= 8501
SERVE ?= yes
ARGS ?=

.PHONY: demo test

demo:
	@$(PYTHON) app/bootstrap.py demo --households $(HOUSEHOLDS) --seed $(SEED) --port $(PORT) $(if $(filter no,$(SERVE)),--no-serve)

test:
	@$(PYTHON) app/bootstrap.py test $(ARGS)
