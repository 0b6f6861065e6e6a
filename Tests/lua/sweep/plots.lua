-- Plots: what gnuplot is told, and that it draws that.
local expect = dofile(arg[0]:match "^(.*)/" .. "/expect.lua")
local plot = require "docksing.sweep.plot"
local results = require "docksing.sweep.results"

local all = results.new({ "LR", "SEED", "OPT", "loss" }, {
    { LR = 0.1, SEED = 1, OPT = "sgd", loss = 0.5 }, { LR = 0.1, SEED = 2, OPT = "sgd", loss = 0.7 },
    { LR = 0.01, SEED = 1, OPT = "it's", loss = 0.25 }, { LR = 0.01, SEED = 2, OPT = "it's" },
}, "a title's $x @y {z}")

-- Lines go through the mean of what has one x; what has no number is left out.
local script = plot.script(all, { x = "LR", y = "loss", log = "x", file = "a b'c.svg" }, "lines")
for _, words in ipairs {
    "$d1 << EOD\n0.01 0.25 0.0\n0.1 0.6 0.14142135623730948\nEOD", "set logscale x", "set title 'a title''s $x @y {z}' noenhanced",
    "set output 'a b''c.svg'", "with yerrorlines", "set terminal svg size 800,500",
} do
    if not script:find(words, 1, true) then print("the script has no " .. words .. ":\n" .. script) end
end
script = plot.script(all, { x = "LR", y = "loss", by = { "OPT" } }, "scatter")
expect.equal("series", select(2, script:gsub("with points", "")), 2)
expect.equal("titles", script:find("title 'OPT it''s' noenhanced", 1, true) ~= nil, true)

-- A single value has no range, which is not worth a word.
local one = results.new({ "x", "y" }, { { x = 0, y = 1 } })
expect.equal("one value", one:plot({ x = "x", y = "y" }):find("arning", 1, true), nil)

-- Drawn into files, whatever they are called, and into text.
local folder = os.tmpname()
os.remove(folder)
os.execute("mkdir " .. folder)
for _, case in ipairs {
    { "a b'c.svg", { x = "LR", y = "loss", log = "xy" }, "^<%?xml", "SEED" }, { "p.png", { x = "LR", y = "loss", kind = "scatter" }, "^\137PNG" },
    { "heat.svg", { x = "LR", y = "SEED", color = "loss" }, "^<%?xml" }, { "$(x).PNG", { x = "LR", y = "SEED", color = "loss" }, "^\137PNG" },
    { "by.svg", { x = "SEED", y = "loss", by = "OPT", title = "T" }, "OPT it's" },
} do
    case[2].file = folder .. "/" .. case[1]
    all:plot(case[2])
    local file = io.open(case[2].file, "rb")
    local text = file and file:read "a" or ""
    if not text:find(case[3]) or #text < 1000 then print("no plot in " .. case[1] .. ": " .. text:sub(1, 200)) end
    if file then file:close() end
end
expect.equal("one value in a file", one:plot { x = "x", y = "y", file = folder .. "/one.svg" }, nil)
os.execute("rm -r " .. folder)
local text = all:plot { x = "LR", y = "loss", width = 60, height = 15 }
for line in text:gmatch "[^\n]+" do
    if utf8.len(line) > 60 then print("a line too long: " .. line) end
end
for _, words in ipairs { "LR", "loss", "a title's $x @y {z}", "*" } do
    if not text:find(words, 1, true) then print("the plot has no " .. words .. ":\n" .. text) end
end
expect.text("a heat map as text", all:plot { x = "LR", y = "SEED", color = "loss" }, {
    "loss", "SEED \\ LR  0.01  0.1", "        1  0.25  0.5", "        2        0.7" })
