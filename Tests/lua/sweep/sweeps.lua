-- What a sweep makes of its points: names, variables, commands, jobs, Slurm options; and how it shows them.
local expect = dofile(arg[0]:match "^(.*)/" .. "/expect.lua")
local space = docksing.space

local function sweep_of(values)
    local list = {}
    for index, value in ipairs(values) do list[index] = { V = value } end
    return docksing.sweep { job = expect.job(), list = list }
end

-- Names are good file names, whatever the values are; what the container gets is the value itself.
local long = ("x"):rep(300)
local cases = {
    { 0.1, "V=0.1" }, { 0.1 + 0.2, "V=0.30000000000000004" }, { 1e-5, "V=1e-05" }, { 1.0, "V=1.0" }, { 1, "V=1", }, { -0.5, "V=-0.5" },
    { 1e22, "V=1e+22" }, { 5e-324, "V=5e-324" }, { 1e15, "V=1000000000000000.0" }, { 2 ^ 53, "V=9007199254740992.0" },
    { math.maxinteger, "V=9223372036854775807" }, { true, "V=true" }, { "adam", "V=adam" }, { "", "V=" }, { "-rf", "V=-rf" },
    { "a b", "V=a_b~" }, { "it's", "V=it_s~" }, { '"', "V=_~" }, { "a/../b", "V=a_.._b~" }, { "/etc", "V=_etc~" }, { "a\nb", "V=a_b~" },
    { "$(rm -rf ~)", "V=_rm_-rf_~" }, { "é", "V=_~" }, { "日本", "V=_~" }, { "a,B=2", "V=a_B_2~" }, { "a=b", "V=a_b~" },
    { "*?[x]", "V=_x_~" }, { long, "V=" .. ("x"):rep(105) .. "~" }, { long .. "y", "V=" .. ("x"):rep(105) .. "~" }, { "..", "V=.." },
}
local values = {}
for index, case in ipairs(cases) do values[index] = case[1] end
local hostile, seen = sweep_of(values), {}
for index, case in ipairs(cases) do
    local name = hostile[index].name
    local hashed = case[2]:sub(-1) == "~"
    expect.equal("the name of " .. tostring(case[1]), hashed and name:match "^(.*~)%x%x%x%x%x%x%x%x%x%x%x%x$" or name, case[2])
    if not name:find "^[%w._+=,~-]+$" or #name > 120 then print("a bad file name: " .. name) end
    if seen[name] then print("a name twice: " .. name) end
    seen[name] = true
    local text = hostile[index].environment.V
    expect.equal("the value", math.type(case[1]) and tonumber(text) or text, math.type(case[1]) and case[1] or tostring(case[1]))
end
-- A name depends on its own point alone, and on every byte of it.
expect.equal("a name that lasts", sweep_of { "a b" }[1].name, "V=a_b~92be982068b9")
local hashes = {}
for index = 1, 20000 do hashes[index] = "v " .. index end
expect.equal("different hashes", #sweep_of(hashes), 20000)

-- A point that is given again is one point; 1 and "1" are the same to a container, 1 and 1.0 are not.
local again = sweep_of { 1, 1, "1", 1.0 }
expect.equal("points", #again, 2)
expect.equal("left out", again.repeated, 2)

-- Parameters in commands, variables and Slurm options.
local made = docksing.sweep {
    name = "made", job = expect.job { slurm = { time = 5 } }, grid = { LR = { 0.1, 1e-3 }, OPT = { "sgd" } },
    -- What a shell would replace is the shell's.
    command = { "train", "--lr={LR}", "--opt", "{OPT}", "{other}", "${LR} ${lr:-1} $LR", 7 },
    environment = function(p) return { RATE = p.LR * 2, EPOCHS = 10 } end,
    slurm = function(p) return { mem = p.LR < 0.05 and "8G" or "4G" } end,
}
expect.equal("command", table.concat(made[1].command, " "), "train --lr=0.1 --opt sgd {other} ${LR} ${lr:-1} $LR 7")
expect.equal("variables", ("%s %s %s %s"):format(made[2].environment.LR, made[2].environment.RATE, made[2].environment.EPOCHS,
    made[2].environment.OPT), "0.001 0.002 10 sgd")
expect.equal("slurm", made[2].slurm.mem, "8G")
expect.equal("run directory", made.remotedir, "runs/r-made")
expect.equal("job name", made[1].job.slurm["job-name"], "made")
expect.equal("time limit", made[1].job.slurm.time, 5)
expect.equal("the job itself stays", expect.job().remotedir, "runs/r")
local functions = docksing.sweep {
    job = expect.job(), grid = { A = { 1, 2 } }, command = function(p) return { "run", p.A / 10 } end, environment = false,
}
expect.equal("a function's command", table.concat(functions[1].command, " "), "run 0.1")
expect.equal("no variables", next(functions[1].environment), nil)

-- Points that share all but their parameters share one job; those that do not have their own.
local big = docksing.sweep { job = expect.job(), grid = { A = docksing.range(1, 100), B = docksing.range(1, 100) },
    slurm = function(p) return { mem = p.A .. "G" } end }
expect.equal("points", #big, 10000)
if big[1].job ~= big[10000].job or not rawequal(big[1].slurm, big[2].slurm) then print "points do not share what is the same" end
local images = docksing.sweep { job = expect.job(), grid = { TAG = { 1, 2, 3 } }, image = function(p) return "a:" .. p.TAG // 3 end }
expect.equal("image", images[3].job.container.image, "a:1")
if not rawequal(images[1].job, images[2].job) or rawequal(images[1].job, images[3].job) then print "jobs are not shared by image" end
local volumes = docksing.sweep { job = expect.job(), grid = { D = { "x", "y" } }, volumes = function(p) return { "./" .. p.D .. ":/d:ro" } end }
expect.equal("volumes", volumes[2].job.container.volumes[1], "./y:/d:ro")
local jobs = docksing.sweep { job = function(p) return expect.job { command = { "echo", p.A } } end, grid = { A = { 1, 2 } } }
expect.equal("a job for each", jobs[2].job.container.command[2], 2)

-- Several ways at once; filters; iterators; sums.
for _, case in ipairs {
    { 6, { grid = { A = { 1, 2 } }, random = { X = space.uniform(0, 1) }, count = 3 } },
    { 3, { grid = { A = { 1, 2, 3 }, B = { 1, 2, 3 } }, where = function(p) return p.A < p.B end } },
    { 1, { grid = { A = { 1, 2, 3 } }, where = { function(p) return p.A > 1 end, function(p) return p.A < 3 end } } },
    { 2, { grid = { A = { 1, 2, 3 }, B = { 1, 2 } }, where = { A = 2 } } },
    { 4, { points = space.grid { A = { 1, 2 } } + space.zip { A = { 3, 4 }, B = { 1, 2 } } } },
    { 2, { points = coroutine.wrap(function() for k = 1, 2 do coroutine.yield { K = k } end end) } },
    { 2, { points = { { K = 1 }, { K = 2 } } } },
    { 8, { latin = { X = space.uniform(0, 1) }, count = 8 } }, { 8, { sobol = { X = space.uniform(0, 1) }, count = 8, seed = 2 } },
} do
    local spec = { job = expect.job() }
    for key, value in pairs(case[2]) do spec[key] = value end
    expect.equal("points", #docksing.sweep(spec), case[1])
end
local ordered = docksing.sweep { job = expect.job(), grid = { A = { 1, 2 }, B = { 1, 2 } }, order = { "B", "A" } }
expect.equal("order", ordered[2].name, "B=1,A=2")
local count = 0
for index, point in pairs(ordered) do count = count + (ordered[index] == point and 1 or 0) end
expect.equal("pairs", count, 4)

expect.text("a sweep", tostring(made), {
    "made: 2 points in runs/r-made", "   LR  OPT  slurm", "  0.1  sgd  mem=4G", "0.001  sgd  mem=8G" })
expect.text("repetition", tostring(again), { "2 points in runs/r (2 given again, and left out)", "  V", "  1", "1.0" })
expect.text("hostile values", tostring(sweep_of { "a\nb", "\27[31mred", "é" }), {
    "3 points in runs/r", "V", "a\\nb", "\\x1b[31mred", "é" })
local shown = tostring(big)
expect.equal("a long one is cut", select(2, shown:gsub("\n", "")) < 50, true)
expect.equal("and says so", shown:find("... 9960 more ...", 1, true) ~= nil, true)
expect.equal("exact", docksing.sweep { job = expect.job(), grid = { A = { 1 } }, command = { "f", "{A}" } }:exact(),
    "1 point in runs/r\nA\n1\n# A=1\nA='1' docker run --env A a f 1")

local function of(changes)
    local spec = { job = expect.job(), grid = { LR = { 1 } } }
    for key, value in pairs(changes) do spec[key] = value end
    return spec
end
for _, case in ipairs {
    { "a sweep is a table", function() docksing.sweep(5) end },
    { "no key gird; did you mean 'grid'?", function() docksing.sweep { gird = {} } end },
    { "needs points", function() docksing.sweep { job = expect.job() } end },
    { "needs a job", function() docksing.sweep { grid = { A = { 1 } } } end },
    { "not a number", function() docksing.sweep(of { job = 5 }) end },
    { "job of the point LR=1 is a number", function() docksing.sweep(of { job = function() return 5 end }) end },
    { "letters, digits", function() docksing.sweep(of { name = "../x" }) end },
    { "letters, digits", function() docksing.sweep(of { name = "-x" }) end },
    { "order: there is no parameter RL; did you mean 'LR'?", function() docksing.sweep(of { order = { "RL" } }) end },
    { "its 'where' lets none through", function() docksing.sweep(of { where = function() return false end }) end },
    { "where needs a function", function() docksing.sweep(of { where = 5 }) end },
    { "there is no parameter Lr; did you mean 'LR'?", function() docksing.sweep(of { where = { Lr = 1 } }) end },
    { "where, for the point LR=1: ", function() docksing.sweep(of { where = function(p) return p.x.y end }) end, true },
    { "job of the point LR=1: ", function() docksing.sweep(of { job = function(p) return p.x.y end }) end, true },
    { "slurm of the point LR=1 is a table", function() docksing.sweep(of { slurm = function() return 5 end }) end },
    { "the iterator of points failed: ", function() docksing.sweep(of { points = ipairs { { A = 1 } } }) end },
    { "remotedir is the run directory, a text, not a number", function() docksing.sweep(of { remotedir = 5 }) end },
    { "image is the name of an image, a text, not a number", function() docksing.sweep(of { image = 7 }) end },
    { "count says how many points to sample", function() docksing.sweep(of { count = 3 }) end },
    { "count is how many points, a whole number from 1 on, not -1", function() docksing.sweep(of { random = { X = { 1 } }, count = -1 }) end },
    -- Of a short name, any other is near: none is told.
    { "there is no parameter zz; there are LR", function() docksing.sweep(of { order = { "zz" } }) end },
    { "no bind has the source './ot'; did you mean './out'?", function() docksing.sweep(of { volumes = { "./out:/out" }, outputs = { "./ot" } }) end },
    { "exact takes a cluster, from docksing.connect, not a number", function() docksing.sweep(of {}):exact(5) end },
    { "no points", function() docksing.sweep { job = expect.job(), list = {} } end },
    { "is a list of words", function() docksing.sweep(of { command = "train {LR}" }) end },
    { "is a list of words", function() docksing.sweep(of { command = {} }) end },
    { "the point T=x has no parameter LR for {LR}", function() docksing.sweep { job = expect.job(), list = { { LR = 1 }, { T = "x" } }, command = { "{LR}" } } end },
    { "docksing.run takes a job or a sweep, not a table", function() docksing.run { grid = { LR = { 1 } } } end },
    { "{LT} is no parameter; did you mean {LR}?", function() docksing.sweep(of { command = { "{LT}" } }) end },
    { "command: word 1 is a table", function() docksing.sweep(of { command = { {} } }) end },
    { "environment is a table", function() docksing.sweep(of { environment = "LR" }) end },
    { "'a b' is no name of a variable", function() docksing.sweep(of { environment = { ["a b"] = 1 } }) end },
    { "slurm is a table of Slurm options", function() docksing.sweep(of { slurm = "mem=1G" }) end },
    { "the point LR=1: job: slurm.tme: neither srun nor sbatch", function() docksing.sweep(of { slurm = { tme = 1 } }) end },
    { "cannot read the config nonesuch.yaml", function() docksing.sweep(of { job = "nonesuch.yaml" }) end, true },
    { "random needs to know how many points", function() docksing.sweep(of { grid = nil, random = { X = { 1 } } }) end },
    { "no option runing; did you mean 'running'?", function() docksing.run(docksing.sweep(of {}), { runing = 1 }) end },
    { "a whole number from 1 on", function() docksing.run(docksing.sweep(of {}), { running = 0 }) end },
} do
    if case[3] then
        local ok, problem = pcall(case[2])
        expect.equal(case[1], not ok and tostring(problem):find(case[1], 1, true) ~= nil, true)
    else
        expect.failure(case[1], case[1], case[2])
    end
end
local functions = docksing.sweep { job = expect.job(), grid = { A = { 1, 2 } },
    slurm = { mem = function(p) return p.A .. "G" end, time = 5 } }
expect.equal("a function for one option", functions[2].slurm.mem .. functions[2].slurm.time, "2G5")
-- A mistake in a function of the script keeps its own place.
local ok, problem = pcall(docksing.sweep, of { slurm = { mem = function(p) return p.LR.x.y end } })
expect.equal("a mistake in a function of one option", not ok and problem:find("slurm.mem of the point LR=1: .*sweeps.lua:%d+: attempt to index") ~= nil, true)
ok, problem = pcall(docksing.sweep, of { slurm = function(p) return p.LR.x.y end })
expect.equal("a mistake in a function", not ok and problem:find("slurm of the point LR=1: .*sweeps.lua:%d+: attempt to index") ~= nil, true)
