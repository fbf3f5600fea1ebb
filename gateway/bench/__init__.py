"""The bench: what one request, one row and one event cost on this machine, and beside what.

plan.py      what is to be measured
run.py       the whole run, in order
ground.py    a database of its own in a folder of its own, with a company loaded into it
company.py   that company, and what is asked of it
constants.py constants in place of the rule book
stand.py     the gateway under test, a process of its own; variants of it stand beside it at other paths
asking.py    who asks: another process, so that its cost is not the gateway's
cells.py     the same requests for a while, and what they cost
ruling.py    decisions, batches of facts, tables and books brought into force
simulating.py  a log decided again, alone and beside those who ask
cpu.py       what processes have used of the processors
figures.py   all that was measured, and the ratios that follow
table.py     the same as people read it
"""
