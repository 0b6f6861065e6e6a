-- A grid of learning rates, each with three seeds: the means over the seeds as a table and as a plot.
--   docksing-shell grid.lua              under Docker, on this machine
--   docksing-shell grid.lua USER@HOST    as one array job on the cluster
local docksing = require "docksing"
local space = docksing.space

-- Stands for a training: the last line of its output is what it measured.
local train = [[BEGIN { x = ENVIRON["LR"] - 0.04; printf "{\"loss\": %.3f}\n", x * x * 100 + ENVIRON["SEED"] / 10 }]]

local sweep = docksing.sweep {
    name = "lr-study",
    job = docksing.job {
        remotedir = "runs/train",
        slurm = { nodes = 1 },
        container = { image = "alpine:latest", command = { "awk", train } },
    },
    grid = { LR = space.logspace(0.01, 0.16, 5), SEED = docksing.range(1, 3) },
    slurm = function(p) return { mem = p.LR < 0.05 and "200M" or "100M" } end,
}
print(sweep)

local place = arg[1] and docksing.connect(arg[1]) or docksing.engine()
local run = place:submit(sweep, { running = 4 })
run:watch()

local results = run:results()
print(results:group { by = "LR", "loss" })
print(results:sort("loss"):first(3):pick { "LR", "SEED", "loss" })
results:csv "lr.csv"
results:plot { x = "LR", y = "loss", log = "x", file = "lr.svg" }
print(results:plot { x = "LR", y = "loss", log = "x", width = 70 })
