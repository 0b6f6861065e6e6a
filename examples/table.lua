-- The points are the rows of points.csv; a container gets each field as the file has it.
--   docksing-shell table.lua              under Docker, on this machine
--   docksing-shell table.lua USER@HOST    as one array job on the cluster
local docksing = require "docksing"

local sweep = docksing.sweep {
    job = docksing.job {
        remotedir = "runs/table",
        slurm = { nodes = 1 },
        container = { image = "alpine:latest" },
    },
    csv = "points.csv",
    command = {
        "sh", "-c", [[echo "subject $SUBJECT: $1 kg"; echo "{\"double\": $(($2 * 2))}"]], "sh", "{WEIGHT}", "{AGE}",
    },
}
print(sweep)

local place = arg[1] and docksing.connect(arg[1]) or docksing.engine()
local run = place:submit(sweep)
run:watch()
for _, point in ipairs(run.points) do io.write(point.name, ": ", point:log():match "[^\n]+", "\n") end
print(run:results { "SUBJECT", "AGE", "WEIGHT", "double", "state" })
print(run:results({ "SUBJECT", "double" }):markdown())
