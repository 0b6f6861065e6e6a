-- Tables of results: printed, sorted, grouped, written; and what a point's metrics are read from.
local expect = dofile(arg[0]:match "^(.*)/" .. "/expect.lua")
local metrics = require "docksing.sweep.metrics"
local results = require "docksing.sweep.results"
local json = require "docksing.json"
local numbers = require "docksing.numbers"

local all = results.new({ "LR", "SEED", "loss", "state" }, {
    { LR = 0.1, SEED = 1, loss = 0.5, state = "completed" }, { LR = 0.1, SEED = 2, loss = 0.7, state = "completed" },
    { LR = 0.01, SEED = 1, loss = 0.1 + 0.2, state = "completed" }, { LR = 0.01, SEED = 2, state = "failed" },
})
expect.text("aligned", tostring(all), {
    "  LR  SEED  loss  state", " 0.1     1   0.5  completed", " 0.1     2   0.7  completed", "0.01     1   0.3  completed",
    "0.01     2        failed" })
-- What is missing comes last, both ways.
for _, case in ipairs {
    { { "loss" }, "0.3 0.5 0.7 nil" }, { { "-loss" }, "0.7 0.5 0.3 nil" }, { { "SEED", "-LR" }, "0.5 0.3 0.7 nil" },
    { { "state", "loss" }, "0.3 0.5 0.7 nil" }, { {}, "0.5 0.7 0.3 nil" },
} do
    local sorted, texts = all:sort(table.unpack(case[1])), {}
    for index = 1, #sorted do texts[index] = sorted[index].loss and numbers.brief(sorted[index].loss) or "nil" end
    expect.equal("sorted by " .. table.concat(case[1], ","), table.concat(texts, " "), case[2])
end
local groups = all:group { by = "LR", "loss" }
-- One of two seeds has no loss.
expect.text("groups", tostring(groups), {
    "  LR  n  loss_n  loss_mean   loss_sd  loss_min  loss_max", " 0.1  2       2        0.6  0.141421       0.5       0.7",
    "0.01  2       1        0.3                 0.3       0.3" })
expect.text("groups where all have numbers", tostring(all:group { by = "state", "SEED" }):match "[^\n]+", {
    "state      n  SEED_mean  SEED_sd  SEED_min  SEED_max" })
expect.equal("of two", #all:group { by = { "LR", "SEED" }, "loss" }, 4)
expect.equal("values", #all:values "loss", 3)
expect.equal("first", #all:sort("loss"):first(2), 2)
expect.equal("where", #all:where(function(row) return row.SEED == 2 end), 2)
expect.equal("pick", table.concat(all:pick { "loss", "LR" }.columns, " "), "loss LR")
expect.text("csv", all:csv(), {
    "LR,SEED,loss,state", "0.1,1,0.5,completed", "0.1,2,0.7,completed", "0.01,1,0.30000000000000004,completed", "0.01,2,,failed", "" })
local hostile = results.new({ "T" }, { { T = 'a,"b"\n' }, { T = " x" }, { T = "|" }, { T = "\27[0m" }, { T = true } })
expect.equal("csv quotes", hostile:csv(), 'T\n"a,""b""\n"\n" x"\n|\n\27[0m\ntrue\n')
expect.equal("jsonl", hostile:first(1):jsonl() .. all:first(1):jsonl(),
    '{"T":"a,\\"b\\"\\n"}\n{"LR":0.1,"SEED":1,"loss":0.5,"state":"completed"}\n')
expect.equal("markdown", hostile:markdown(), '| T |\n|---|\n| a,"b"\\n |\n|  x |\n| \\| |\n| \\x1b[0m |\n| true |\n')
expect.equal("markdown's numbers", all:first(1):markdown():match "\n(.-)\n", "|---:|---:|---:|---|")
local path = os.tmpname()
all:csv(path)
expect.equal("what is written is read again", #docksing.space.csv(path), 4)
os.remove(path)
for _, case in ipairs {
    { "no column los; did you mean 'loss'?", function() all:sort "los" end },
    { "there are LR, SEED, loss, state", function() all:pick { "nonesuch" } end },
    { "by which columns", function() all:group { "loss" } end },
    { "group has no option n", function() all:group { by = "LR", n = 5 } end },
    { "sort takes names of columns, such as \"-loss\", not a number", function() all:sort(5) end },
    { "first takes how many rows, a whole number, not 1.5", function() all:first(1.5) end },
    { "where needs a function", function() all:where "x" end },
    { "cannot write /nonexistent/x", function() all:csv "/nonexistent/x" end },
    { "needs the column for y", function() all:plot { x = "LR" } end },
    { "no option lgo; did you mean 'log'?", function() all:plot { x = "LR", y = "loss", lgo = "x" } end },
    { "no column los; did you mean 'loss'?", function() all:plot { x = "LR", y = "los" } end },
    { "written as .svg or .png, not as x.pdf", function() all:plot { x = "LR", y = "loss", file = "x.pdf" } end },
    { "nothing to draw", function() all:plot { x = "LR", y = "state" } end },
    { "color = \"loss\"", function() all:plot { x = "LR", y = "SEED", kind = "heat" } end },
    { "no logarithmic axis", function()
        results.new({ "x", "y" }, { { x = 0, y = 1 } }):plot { x = "x", y = "y", log = "x" } end, true },
} do
    if case[3] then
        expect.equal(case[1], tostring(select(2, pcall(case[2]))):find(case[1], 1, true) ~= nil, true)
    else
        expect.failure(case[1], case[1], case[2])
    end
end

-- Metrics.
local function flat(text, kind)
    local values, order = metrics.read(text, kind)
    local parts = {}
    for index, name in ipairs(order) do parts[index] = name .. "=" .. tostring(values[name]) end
    return table.concat(parts, " ")
end
for _, case in ipairs {
    { '{"loss": 0.25, "acc": 1, "ok": true, "none": null}', "json", "loss=0.25 acc=1 ok=true" },
    { '{"val": {"loss": 1, "top": {"5": 0.5}}, "list": [1]}', "json", "val.loss=1 val.top.5=0.5" },
    { "[1]", "json", "" }, { "{", "json", "" }, { "", "json", "" },
    { "loss,acc\n0.5,", "csv", "loss=0.5" }, { "loss,acc\n0.5,1\n0.25,2", "csv", "loss=0.25 acc=2" }, { "loss", "csv", "" },
} do
    expect.equal("metrics of " .. case[1], flat(case[1], case[2]), case[3])
end

-- JSON.
for _, case in ipairs {
    { '{"a":1,"b":[1,2.5,{"c":null}],"d":"x\\u00e9\\ud83d\\ude00"}', '{"a":1,"b":[1,2.5,[]],"d":"xé😀"}' }, { '""', '""' },
    { "-1e3", "-1000.0" }, { " [ true , false ] ", "[true,false]" }, { '"\\ud800"', '"\u{FFFD}"' },
} do
    expect.equal("JSON " .. case[1], json.encode(json.decode(case[1])), case[2])
end
for _, text in ipairs { '{"a":1', "[1,]", "01", "1.", '"a\nb"', "tru", '{"a" 1}', "1 2", "", "{a:1}", ("["):rep(200), '"\\x"', "nan" } do
    local value, problem = json.decode(text)
    if value ~= nil or not problem then print("JSON: no error for " .. text) end
end
