"""Where to put facilities: covering and location models in the words of the literature.

Demand is met by facilities opened at candidates; some facilities are fixed, they are open already. A pair
whose cost equals the cutoff is covered. Every answer comes with its bound, the value no plan can pass.
"""
