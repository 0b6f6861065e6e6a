-- Submit today, look tomorrow, from any machine: a run is known by its directory on the cluster.
--   docksing-shell attach.lua USER@HOST            submits, prints the run directory, and returns
--   docksing-shell attach.lua USER@HOST DIRECTORY  shows the log from its first line to the end of the job
local docksing = require "docksing"

local hpc <close> = docksing.connect(arg[1]) -- the end of the script ends the connection, not the job

if arg[2] then
    local run = hpc:attach(arg[2])
    for line in run:lines() do print(line) end
    local code, state = run:wait()
    print(run.name .. ": " .. state)
    os.exit(code, true)
else
    local run = hpc:submit(docksing.job {
        remotedir = "runs/attach",
        slurm = { ["job-name"] = "attach", time = 10 },
        container = {
            image = "alpine:latest",
            command = { "sh", "-c", "for i in 1 2 3; do echo epoch $i; sleep 1; done" },
        },
    }, { again = true })
    print(run.dir)
end
