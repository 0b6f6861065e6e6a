-- Points by chance: the same on every machine, and when there are more.
local expect = dofile(arg[0]:match "^(.*)/" .. "/expect.lua")
local space = docksing.space

local parameters = { LR = space.loguniform(1e-4, 1e-1), N = space.int(1, 8), OPT = { "sgd", "adam" }, X = space.uniform(-1, 1), C = 3 }
-- These texts are what any machine gives: a difference is a new identity for everybody's points.
expect.equal("random", expect.rows(space.random(parameters, { count = 3, seed = 7 })), 
    "C=3 LR=0.000137565 N=6 OPT=sgd X=-0.900374|C=3 LR=0.00228724 N=4 OPT=adam X=0.181938|C=3 LR=0.0118982 N=7 OPT=adam X=-0.767371")
expect.equal("latin", expect.rows(space.latin({ X = space.uniform(0, 1), N = space.int(1, 4) }, { count = 4 })), 
    "N=4 X=0.0436904|N=2 X=0.902894|N=1 X=0.500246|N=3 X=0.484439")
expect.equal("sobol", expect.rows(space.sobol({ X = space.uniform(0, 1), Y = space.uniform(0, 1) }, { count = 4 })), 
    "X=0.440327 Y=0.928292|X=0.940327 Y=0.428292|X=0.690327 Y=0.678292|X=0.190327 Y=0.178292")

-- More points, or other parameters, leave the first ones as they were.
local few, many = space.random(parameters, { count = 5 }), space.random(parameters, { count = 50 })
local alone = space.random({ LR = parameters.LR }, { count = 50 })
local sobol_few, sobol_many = space.sobol(parameters, { count = 4 }), space.sobol(parameters, { count = 64 })
for index = 1, #few do
    expect.equal("more points", few[index].LR, many[index].LR)
    expect.equal("fewer parameters", alone[index].LR, many[index].LR)
end
for index = 1, #sobol_few do expect.equal("a longer sequence", sobol_few[index].X, sobol_many[index].X) end
if space.random(parameters, { count = 1, seed = 2 })[1].X == few[1].X then print "another seed gives the same" end

--- Whether each of as many equal parts of 0 to 1 as there are points has one, but for the rounding to six digits.
local function even(points, name)
    local values = {}
    for index = 1, #points do values[index] = points[index][name] end
    table.sort(values)
    for index, value in ipairs(values) do
        if value < (index - 1) / #values - 1e-6 or value > index / #values + 1e-6 then return false end
    end
    return true
end

local names, unit = {}, {}
for index = 1, 16 do
    names[index] = ("P%02d"):format(index)
    unit[names[index]] = space.uniform(0, 1)
end
local sobol, latin = space.sobol(unit, { count = 256, seed = 3 }), space.latin(unit, { count = 250, seed = 3 })
for _, name in ipairs(names) do
    if not even(sobol, name) then print("sobol is not even in " .. name) end
    if not even(latin, name) then print("latin is not even in " .. name) end
end
-- The first two dimensions fill squares, too.
local squares = {}
for index = 1, 256 do
    squares[math.floor(sobol[index].P01 * 16) * 16 + math.floor(sobol[index].P02 * 16)] = true
end
local count = 0
for _ in pairs(squares) do count = count + 1 end
expect.equal("squares with a point", count, 256)

-- Within their bounds, all of them reached.
local seen = {}
for index = 1, #many do
    local p = many[index]
    if p.LR < 1e-4 or p.LR > 1e-1 or p.X < -1 or p.X > 1 or p.N < 1 or p.N > 8 then print("out of bounds", p.LR, p.X, p.N) end
    expect.equal("one value", p.C, 3)
    seen[p.N], seen[p.OPT] = true, true
end
for n = 1, 8 do if not seen[n] then print("int never gave", n) end end
if not (seen.sgd and seen.adam) then print "a choice was never made" end
expect.equal("a short range far away", #tostring(space.uniform(1e6, 1e6 + 1).value_at(0.123456789)) >= 12, true)

for _, case in ipairs {
    { "count = 20", function() space.random { LR = parameters.LR } end },
    { "a whole number from 1 on, not 0", function() space.random({ LR = parameters.LR }, { count = 0 }) end },
    { "seed is a whole number", function() space.random({ LR = parameters.LR }, { count = 1, seed = "x" }) end },
    { "needs a table of parameters", function() space.random({}, { count = 1 }) end },
    { "numbers above 0", function() space.loguniform(0, 1) end },
    { "from the smaller number", function() space.uniform(2, 1) end },
    { "needs two numbers", function() space.uniform(1) end },
    { "one whole number to another", function() space.int(0.5, 2) end },
    { "needs a list of values", function() space.choice {} end },
    { "at most 16 parameters", function() local all = { Z = 1 } for k, v in pairs(unit) do all[k] = v end space.sobol(all, { count = 1 }) end },
} do
    expect.failure(case[1], case[1], case[2])
end
