-- First here under Docker with a few points, since mistakes are cheap here; then all of it on the cluster.
--   docksing-shell rehearsal.lua              the rehearsal alone
--   docksing-shell rehearsal.lua USER@HOST    both
local docksing = require "docksing"

--- The sweep, with so many seeds.
local function sweep_of(seeds)
    return docksing.sweep {
        name = "seeds-" .. seeds,
        job = docksing.job {
            remotedir = "runs/rehearsal",
            slurm = { nodes = 1 },
            container = { image = "alpine:latest" },
        },
        grid = { MODEL = { "small", "large" }, SEED = docksing.range(1, seeds) },
        command = { "sh", "-c", [[echo "{\"score\": $((SEED * ${#MODEL}))}"]] },
    }
end

local rehearsal = docksing.run(sweep_of(1), { running = 2 })
if rehearsal:watch() ~= 0 then
    for _, point in ipairs(rehearsal:failed()) do print(point, point.state, point:log "stderr") end
    error("the rehearsal failed, and nothing was sent to the cluster", 0)
end
print(rehearsal:results { "MODEL", "SEED", "score" })
if not arg[1] then return end

local run = docksing.connect(arg[1]):submit(sweep_of(3), { running = 4 })
run:watch()
print(run:results():group { by = "MODEL", "score" })
