-- Successive halving: many candidates for a short time, the better half for twice as long, and so on.
--   docksing-shell halving.lua              under Docker, on this machine
--   docksing-shell halving.lua USER@HOST    as array jobs on the cluster
local docksing = require "docksing"
local space = docksing.space
local place = arg[1] and docksing.connect(arg[1]) or docksing.engine()

local train = [[BEGIN { x = ENVIRON["LR"] - 0.01; printf "{\"loss\": %.4f}\n", x * x * 100 + 1 / ENVIRON["EPOCHS"] }]]
local candidates, epochs = space.random({ LR = space.loguniform(1e-4, 1e-1) }, { count = 8, seed = 1 }), 1
repeat
    local run = place:submit(docksing.sweep {
        name = "epochs-" .. epochs,
        job = docksing.job { remotedir = "runs/halving", slurm = { nodes = 1 },
            container = { image = "alpine:latest", command = { "awk", train } } },
        points = candidates * space.grid { EPOCHS = epochs },
    }, { running = 4 })
    run:wait()
    local best = run:results({ "LR", "EPOCHS", "loss" }):sort("loss")
    print(best)
    local rates = best:first(#best // 2):values "LR"
    candidates, epochs = #rates > 0 and space.grid { LR = rates }, epochs * 2
until not candidates
