-- The same job with four learning rates, all in the queue at once.
--   docksing-shell sweep.lua USER@HOST
local docksing = require "docksing"

local base = docksing.job {
    remotedir = "runs/sweep",
    slurm = { ["job-name"] = "sweep", nodes = 1 },
    container = { image = "alpine:latest", command = { "sh", "-c", "echo learning rate $LR" } },
}
local hpc = docksing.connect(arg[1])

local runs = {}
for i, rate in ipairs { 0.1, 0.03, 0.01, 0.003 } do
    local job = base:with { remotedir = "runs/sweep/lr-" .. rate, environment = { LR = rate } }
    runs[i] = hpc:submit(job, { again = true })
end
for _, run in ipairs(runs) do
    for line in run:lines() do print(run.name, line) end
    print(run.name, "exit code " .. run:wait())
end
