-- Two steps: what the first job wrote comes back to the folder data here, and is what the second job reads.
--   docksing-shell pipeline.lua              both under Docker, on this machine
--   docksing-shell pipeline.lua USER@HOST    both as jobs on the cluster
local docksing = require "docksing"

local place = arg[1] and docksing.connect(arg[1]) or docksing.engine()
local base = docksing.job {
    remotedir = "runs/pipeline",
    slurm = { nodes = 1 },
    container = { image = "alpine:latest" },
}

--- Runs one step to its end and brings back what it wrote; stops the script when it failed.
local function step(name, changes)
    local run = place:submit(base:with(changes):with { remotedir = "runs/pipeline/" .. name }, { again = true })
    for line in run:lines() do print(name .. ": " .. line) end
    local code, state = run:wait()
    if code ~= 0 then error(("step %s: %s, exit code %d"):format(name, state, code), 0) end
    run:fetch()
end

step("generate", {
    command = { "sh", "-c", "seq 1 10 >/data/numbers.txt; echo wrote $(wc -l </data/numbers.txt) lines" },
    volumes = { "./data:/data" },
})
step("sum", {
    command = { "awk", "{ sum += $1 } END { print \"the sum is \" sum }", "/data/numbers.txt" },
    volumes = { "./data:/data:ro" },
})
