"""The KPI page's figures from the tables, in four steps that `workflow.report` takes for whoever asks.

`period` says which time, `reading` reads it in a dozen statements into frames, `frames` and `people` do the arithmetic
over those (pandas, pure: no clock and no database), `figures` lists what came of it beside its definition in
`workflow.rules.kpi_targets`. Apart from `workflow.rules`, which stay free of pandas.
"""
