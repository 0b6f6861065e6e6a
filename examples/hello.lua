-- The shortest job: a container here, and with a host as the argument, the same one as a Slurm job there.
--   docksing-shell hello.lua              under Docker, on this machine
--   docksing-shell hello.lua USER@HOST    as a job on the cluster
local docksing = require "docksing"

local job = docksing.job {
    remotedir = "runs/hello",
    slurm = { ["job-name"] = "hello" },
    container = { image = "alpine:latest", command = { "echo", "hello from a container" } },
}
local place = arg[1] and docksing.connect(arg[1]) or docksing.engine()
local run = place:submit(job, { again = true }) -- in runs/hello-2, -3 ... when runs/hello is taken

for line in run:lines() do print(line) end
os.exit(run:wait(), true)
