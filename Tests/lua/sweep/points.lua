-- Sets of points: grids, lists, files, and what is made of them.
local expect = dofile(arg[0]:match "^(.*)/" .. "/expect.lua")
local space = docksing.space

for _, case in ipairs {
    -- Keys in alphabetical order, the last one fastest; values in the order that they were given in.
    { "grid", space.grid { LR = { 0.1, 0.01 }, SEED = docksing.range(1, 2) }, "LR=0.1 SEED=1|LR=0.1 SEED=2|LR=0.01 SEED=1|LR=0.01 SEED=2" },
    { "order", space.grid({ LR = { 0.1, 0.01 }, SEED = { 1, 2 } }, { order = { "SEED" } }),
        "SEED=1 LR=0.1|SEED=1 LR=0.01|SEED=2 LR=0.1|SEED=2 LR=0.01" },
    { "one value", space.grid { A = 5, B = { true, false } }, "A=5 B=true|A=5 B=false" },
    { "zip", space.zip { WIDTH = { 64, 128 }, DEPTH = { 4, 2 }, LR = 0.1 }, "DEPTH=4 LR=0.1 WIDTH=64|DEPTH=2 LR=0.1 WIDTH=128" },
    { "list", space.list { { OPT = "sgd", MOMENTUM = 0.9 }, { OPT = "adam" } }, "MOMENTUM=0.9 OPT=sgd|OPT=adam" },
    { "empty list", space.list {}, "" },
    { "each", space.each(coroutine.wrap(function() for k = 1, 3 do coroutine.yield { K = k } end end)), "K=1|K=2|K=3" },
    { "each of ipairs", space.each(ipairs { { A = 1 }, { A = 2 } }), "A=1|A=2" },
    { "sum", space.grid { A = { 1, 2 } } + space.list { { A = 1, B = 3 } }, "A=1|A=2|A=1 B=3" },
    { "product", space.grid { A = { 1, 2 } } * space.list { { B = 3 }, { C = 4 } }, "A=1 B=3|A=1 C=4|A=2 B=3|A=2 C=4" },
    { "where", space.grid { A = { 1, 2, 3 }, B = { 1, 2, 3 } }:where(function(p) return p.A < p.B end), "A=1 B=2|A=1 B=3|A=2 B=3" },
    { "algebra", (space.grid { A = { 1 } } + space.grid { A = { 2 } }) * space.zip { B = { 1, 2 }, C = { 3, 4 } },
        "A=1 B=1 C=3|A=1 B=2 C=4|A=2 B=1 C=3|A=2 B=2 C=4" },
} do
    expect.equal(case[1], expect.rows(case[2]), case[3])
end

for _, case in ipairs {
    { docksing.range(1, 3), "1 2 3" }, { docksing.range(3, 1, -1), "3 2 1" }, { docksing.range(0, 0.5, 0.1), "0.0 0.1 0.2 0.3 0.4 0.5" },
    { docksing.range(1, 2.5), "1 2" }, { docksing.range(5, 5), "5" }, { docksing.range(10, 100, 30), "10 40 70 100" },
    { space.logspace(1e-4, 1e-1, 4), "0.0001 0.001 0.01 0.1" }, { space.logspace(1, 8, 4), "1.0 2.0 4.0 8.0" },
} do
    expect.equal("a range", table.concat(case[1], " "), case[2])
end

-- What is in files is what the container gets; numbers are numbers all the same.
local path = os.tmpname()
local function file(text)
    local handle <close> = assert(io.open(path, "wb"))
    handle:write(text)
    return path
end
for _, case in ipairs {
    { "plain", "LR,SEED\n0.10,1\n1e-3,2\n", { "LR=0.10,SEED=1", "LR=1e-3,SEED=2" }, { 0.1, 0.001 } },
    { "byte order mark, CRLF, no last line end", "\u{FEFF}LR, SEED\r\n0.1,1", { "LR=0.1,SEED=1" }, { 0.1 } },
    { "leading zeros are no number", "LR\n007\n0\n-0.5\n", { "LR=007", "LR=0", "LR=-0.5" }, { "007", 0, -0.5 } },
    { "quotes", 'LR,T\n1,"a,b ""c"""\n2,plain\n', nil, { 1, 2 } },
    { "an empty field is no parameter", "LR,T\n1,\n,x\n", { "LR=1", "T=x" }, { 1 } },
    { "semicolons, as spreadsheets write", 'LR;T\n0.10;"a;b,c"\n', { "LR=0.10,T=a_b_c~b39664baa8b7" }, { 0.1 } },
    { "tabs", "LR\tT\n0.10\tx\n", { "LR=0.10,T=x" }, { 0.1 } },
    { "empty lines", "LR\n\n1\n\n\n2\n", { "LR=1", "LR=2" }, { 1, 2 } },
} do
    local points = space.csv(file(case[2]))
    local sweep = docksing.sweep { job = expect.job(), points = points }
    for index, value in ipairs(case[4]) do expect.equal(case[1], points[index].LR, value) end
    for index, name in ipairs(case[3] or {}) do expect.equal(case[1], sweep[index].name, name) end
end
local quoted = docksing.sweep { job = expect.job(), csv = file 'T\n"two\nlines, and ""quotes"""\n' }
expect.equal("a field in quotes", quoted[1].environment.T, 'two\nlines, and "quotes"')
local product = docksing.sweep { job = expect.job(), csv = file "LR\n0.10\n", grid = { SEED = { 1, 2 } } }
expect.equal("a product keeps the text", product[2].environment.LR, "0.10")
local lines = space.jsonl(file '{"SEED": 1, "LR": 0.5, "NOTE": null}\n\n{"LR": 1e-3, "NAME": "\\u00e9\\n", "ON": true}\n')
expect.equal("jsonl", expect.rows(lines), "SEED=1 LR=0.5|LR=0.001 NAME=é\n ON=true")

for _, case in ipairs {
    { "csv", "LR;SEED\n0,1;2\n", "line 2: LR is 0,1, a number with a comma; write it with a point, as 0.1" },
    { "csv", "LR,SEED\n1\n", "line 2 has 1 fields, and line 1 names 2" },
    { "csv", "LR,LR\n1,2\n", "two columns are called LR" },
    { "csv", "LR,the seed\n1,2\n", "'the seed' is no name of a variable" },
    { "csv", "", "is empty; its first line names the columns" },
    { "csv", 'LR\n"1\n', "line 2: a quote has no end" },
    { "csv", 'LR\n"1"2\n', "something follows a field in quotes" },
    { "jsonl", '{"LR": 1}\n{"LR": }\n', "line 2 is no JSON object" },
    { "jsonl", "[1]\n", "line 1 is no JSON object" },
    { "jsonl", '{"LR": [1]}\n', "LR is a table" },
    { "jsonl", '{"a b": 1}\n', "'a b' is no name of a variable" },
} do
    expect.failure(case[1] .. " " .. case[2], case[3], function() space[case[1]](file(case[2])) end)
end
os.remove(path)
expect.failure("no file", "cannot read nonesuch.csv: No such file", function() space.csv "nonesuch.csv" end)

for _, case in ipairs {
    { "LR has no values", function() space.grid { LR = {} } end },
    { "LR is a table", function() space.grid { LR = { { 1 } } } end },
    { "are no list", function() space.grid { LR = { a = 1 } } end },
    { "LR is inf", function() space.grid { LR = { 1 / 0 } } end },
    { "LR is", function() space.grid { LR = { 0 / 0 } } end },
    { "a zero byte", function() space.grid { LR = { "a\0b" } } end },
    { "not UTF-8", function() space.grid { LR = { "\255" } } end },
    { "'learning-rate' is no name of a variable", function() space.grid { ["learning-rate"] = { 1 } } end },
    { "'1A' is no name", function() space.grid { ["1A"] = { 1 } } end },
    { "names of parameters are text", function() space.grid { { 1 } } end },
    { "has 1000000000000 points, more than", function()
        local many = docksing.range(1, 1000) space.grid { A = many, B = many, C = many, D = many } end },
    { "the product has 4000000 points", function() local many = space.grid { A = docksing.range(1, 2000) }
        local _ = many * space.grid { B = docksing.range(1, 2000) } end, true },
    { "more than the 1000000", function() space.each(function() return { A = 1 } end) end },
    { "zip: A has 2 values and B has 3", function() space.zip { A = { 1, 2 }, B = { 1, 2, 3 } } end },
    { "got the parameters of one", function() space.list { LR = 1 } end },
    { "list, point 2: a table of parameters is needed, not a number", function() space.list { { A = 1 }, 2 } end },
    { "both sides of * have the parameter A", function() local _ = space.grid { A = { 1 } } * space.grid { A = { 2 } } end },
    { "on both sides", function() local _ = space.grid { A = { 1 } } + { A = 1 } end },
    { "has no numbers", function() docksing.range(1, 0) end },
    { "cannot be 0", function() docksing.range(1, 2, 0) end },
    { "too many numbers", function() docksing.range(0, 1, 1e-9) end },
    { "LR is to be sampled", function() space.grid { LR = space.uniform(0, 1) } end },
} do
    -- The one that takes two lines fails on its second.
    if not case[3] and case[1] ~= "has 1000000000000 points, more than" then expect.failure(case[1], case[1], case[2]) end
    local ok, problem = pcall(case[2])
    if ok or not tostring(problem):find(case[1], 1, true) then print(case[1], problem) end
end
expect.text("as text", tostring(space.grid { LR = { 0.1, 0.05 }, OPT = { "sgd" } }), { "2 points", "  LR  OPT", " 0.1  sgd", "0.05  sgd" })
