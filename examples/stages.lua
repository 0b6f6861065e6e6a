-- Two stages in the queue at once: a job prepares data, and an array waits for it and reads them where they are. The
-- data never come here, and this machine may be switched off meanwhile.
--   docksing-shell stages.lua USER@HOST
local docksing = require "docksing"

local hpc <close> = docksing.connect(arg[1])
os.execute "mkdir -p data"
local prepare = hpc:submit(docksing.job {
    remotedir = "runs/stages/prepare",
    slurm = { nodes = 1 },
    container = {
        image = "alpine:latest",
        command = { "sh", "-c", "sleep 2; seq 1 100 >/data/numbers.txt" },
        volumes = { "./data:/data" },
    },
}, { again = true })

local run = hpc:submit(docksing.sweep {
    name = "sums",
    job = docksing.job {
        remotedir = "runs/stages/sums",
        slurm = { dependency = "afterok:" .. prepare.id },
        container = { image = "alpine:latest" },
        docksing = { binds = { prepare.dir .. "/data:/data:ro" } },
    },
    grid = { STEP = { 1, 2, 5 } },
    command = {
        "awk", [[NR % ENVIRON["STEP"] == 0 { s += $1 } END { printf "{\"sum\": %d}\n", s }]], "/data/numbers.txt",
    },
}, { again = true })
run:watch()
print(run:results { "STEP", "sum", "state" })
