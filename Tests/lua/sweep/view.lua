-- The live view's picture, and its words for states.
local expect = dofile(arg[0]:match "^(.*)/" .. "/expect.lua")
local view = require "docksing.sweep.view"
local states = require "docksing.sweep.states"

local function picture(changes)
    local facts = { title = "demo on lab", total = 20, ended = 5, fresh = 5, elapsed = 50, width = 60,
        counts = { running = 4, pending = 11, completed = 4, failed = 1 }, failures = {} }
    for key, value in pairs(changes or {}) do facts[key] = value end
    return table.concat(view.lines(facts), "\n")
end
expect.text("half way", picture(), {
    "demo on lab  ████████░░░░░░░░░░░░░░░░░░░░░░░░  5 of 20  0:50",
    "  running 4, pending 11, completed 4, failed 1; 6.0 a minut…" })
expect.equal("time left", picture { width = 100 }:find("6.0 a minute, 2:30 left", 1, true) ~= nil, true)
expect.text("nothing yet", picture { ended = 0, fresh = 0, counts = { pending = 20 } }, {
    "demo on lab  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  0 of 20  0:50", "  pending 20" })
expect.text("a failure", picture { width = 100, failures = { { name = "A=1", words = "failed, exit code 3", line = "no\27 data" } } }, {
    "demo on lab  ██████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  5 of 20  0:50",
    "  running 4, pending 11, completed 4, failed 1; 6.0 a minute, 2:30 left",
    "  A=1: failed, exit code 3: no\\x1b data" })
for _, line in ipairs(view.lines { title = ("long"):rep(40), total = 1000000, ended = 999999, fresh = 1, elapsed = 1e6, width = 40,
    counts = { running = 1 }, failures = { { name = ("n"):rep(100), words = "failed" } } }) do
    if utf8.len(line) > 40 then print("a line too long for the terminal: " .. line) end
end
for _, case in ipairs { { 0, "0:00" }, { 59.9, "0:59" }, { 61, "1:01" }, { 3600, "1:00:00" }, { 360061, "100:01:01" } } do
    expect.equal("a clock", view.clock(case[1]), case[2])
end
for _, case in ipairs {
    { { state = "failed", code = 1 }, "failed, exit code 1" }, { { state = "running", node = "n1" }, "running on n1" },
    { { state = "running", node = "" }, "running" }, { { state = "out_of_memory" }, "out of memory" },
    { { state = "pending", reason = "Priority" }, "pending (Priority)" }, { { state = "completed", code = 0 }, "completed" },
} do
    expect.equal("words", states.words(case[1]), case[2])
end

-- Of many that fail at once, only some are asked for their last line; and none is asked twice.
local said, asked = {}, 0
local stderr = io.stderr
io.stderr = { write = function(_, ...) said[#said + 1] = table.concat { ... } end, flush = function() end }
local run = { name = "demo", host = "lab", points = {} }
for index = 1, 100 do
    run.points[index] = { index = index, name = "A=" .. index, ended = true, ok = false, status = { state = "failed", code = 1 },
        log = function(_, stream)
            asked = asked + (stream == "stderr" and 1 or 0)
            return stream == "stderr" and "" or "first\nlast words\n"
        end }
end
for _, is_terminal in ipairs { false, true } do
    said, asked = {}, 0
    local shown = view.new(run)
    shown.terminal, shown.width = is_terminal, 79
    for _, point in ipairs(run.points) do shown:update(point, function() return { failed = shown.ended } end) end
    expect.equal("questions", asked <= 20, true)
    expect.equal("none of them has ended since one looks on", shown.fresh, 0)
    shown:finish { failed = 100 }
    expect.equal("questions in the end", asked <= 23, true)
    if is_terminal then
        expect.equal("the last picture", said[#said]:find("A=100: failed, exit code 1: last words", 1, true) ~= nil, true)
    else
        expect.equal("a line for each, and the end", #said, 101)
        expect.equal("the first", said[1], "[1/100] A=1: failed, exit code 1: last words\n")
        expect.equal("the last", said[100], "[100/100] A=100: failed, exit code 1\n")
    end
end

-- The speed is that of those that ended since one looks on, whatever any clock says.
local later = { name = "demo", host = "lab", points = {} }
for index = 1, 4 do
    later.points[index] = { index = index, name = "A=" .. index, ended = index < 3, ok = true, status = { state = "completed" } }
end
local shown = view.new(later)
for _, point in ipairs(later.points) do
    point.ended = true
    shown:update(point, function() return {} end)
    shown:update(point, function() return {} end)
end
expect.equal("ended", shown.ended, 4)
expect.equal("ended since", shown.fresh, 2)
io.stderr = stderr
