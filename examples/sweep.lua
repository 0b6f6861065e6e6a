-- The tutorial as a sweep: one container for each color and mood, each with an output folder of its own.
--   docksing-shell sweep.lua              under Docker, on this machine, two at a time
--   docksing-shell sweep.lua USER@HOST    as one array job on the cluster
local docksing = require "docksing"

local sweep = docksing.sweep {
    name = "colors",
    job = docksing.job {
        remotedir = "runs/tutorial",
        slurm = { nodes = 1 },
        container = {
            image = "alpine:latest",
            command = { "sh", "-c", "echo the $VARIABLE is $VALUE >/output/result.txt" },
            volumes = { "./output:/output" },
        },
    },
    list = {
        { VARIABLE = "color", VALUE = "red" },
        { VARIABLE = "color", VALUE = "blue" },
        { VARIABLE = "mood", VALUE = "good" },
    },
    order = { "VARIABLE", "VALUE" },
}
print(sweep)

os.execute "mkdir -p output"
local place = arg[1] and docksing.connect(arg[1]) or docksing.engine()
local run = place:submit(sweep, { running = 2 })
run:watch() -- bar, counts and time left on a terminal; Ctrl-C ends that, and not the jobs
run:fetch "results" -- into results/VARIABLE=color,VALUE=red/ and so on
print(run:results { "VARIABLE", "VALUE", "state", "code" })
for line in io.lines "results/VARIABLE=color,VALUE=blue/result.txt" do print(line) end
