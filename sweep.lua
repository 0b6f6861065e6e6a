local docksing = require "docksing"
local function now() local f <close> = io.popen "date +%s.%N" return f:read "n" end
local function tell(what, begun) print(("%-40s %8.2f s for %s points"):format("ours: " .. what, now() - begun, arg[2])) end
local begun = now()
local sweep = docksing.sweep {
    name = "benchmark",
    job = docksing.load "job.yaml",
    grid = { LR = docksing.range(1, tonumber(arg[2]) // 10), SEED = docksing.range(1, 10) },
}
assert(#tostring(sweep) > 0)
tell("built, checked and shown", begun)
local hpc = docksing.connect(arg[1], { progress = false })
begun = now()
local run = hpc:submit(sweep, { running = 4 })
tell(("submitted, as %d array%s"):format(#run.ids, #run.ids == 1 and "" or "s"), begun)
begun = now()
assert(run:counts().pending == #run)
tell("asked where they stand", begun)
begun = now()
hpc:submit(sweep, { running = 4 })
tell("submitted again, which submits nothing", begun)
begun = now()
run:cancel()
tell("cancelled", begun)
