--- Plots of results, drawn by gnuplot.
local accept = require "docksing.sweep.accept"
local fail = require "docksing.fail"
local folders = require "docksing.sweep.folders"
local groups = require "docksing.sweep.groups"
local numbers = require "docksing.numbers"

local plot = {}

---@class docksing.PlotOptions
---@field x string the column that goes to the right
---@field y string the column that goes up
---@field by? string|string[] one line for each value of this column
---@field color? string a heat map: the column that each field's colour shows, its mean where there are several
---@field kind? "lines"|"scatter"|"heat" lines through means, with standard deviations; points; a heat map
---@field log? "x"|"y"|"xy" which axes are logarithmic
---@field file? string an `.svg` or `.png` to write; without one the plot is text for a terminal
---@field title? string above it; the sweep's name by default
---@field width? integer columns of the terminal (79) or pixels of the file (800)
---@field height? integer lines of the terminal (24) or pixels of the file (500)

local names = { "x", "y", "by", "color", "kind", "log", "file", "title", "width", "height" }

--- A text within quotes of gnuplot, shown as it is.
local function quoted(text)
    return "'" .. text:gsub("[%c]", " "):gsub("'", "''") .. "'"
end

local function check(table_of, given)
    if type(given) ~= "table" then fail "a plot needs to know what to draw: plot { x = \"LR\", y = \"loss\" }" end
    accept.options(given, names, "a plot")
    for _, key in ipairs { "x", "y" } do
        if given[key] == nil then fail("a plot needs the column for %s: plot { x = \"LR\", y = \"loss\" }", key) end
    end
    local kind = given.kind or (given.color and "heat" or "lines")
    if kind ~= "lines" and kind ~= "scatter" and kind ~= "heat" then
        fail("kind is lines, scatter or heat, not %s", tostring(kind))
    elseif kind == "heat" and not given.color then
        fail "a heat map needs the column that its colours show: color = \"loss\""
    elseif given.log and not ({ x = true, y = true, xy = true })[given.log] then
        fail("log is \"x\", \"y\" or \"xy\", not %s", tostring(given.log))
    elseif given.file and not given.file:lower():find "%.svg$" and not given.file:lower():find "%.png$" then
        fail("a plot is written as .svg or .png, not as %s", given.file)
    end
    -- Names of columns are checked as those of a table are.
    table_of:pick { given.x, given.y, given.color }
    if given.by then table_of:pick(type(given.by) == "table" and given.by or { given.by }) end
    return kind
end

--- Rows that have numbers in all these columns.
local function numbered(table_of, columns)
    local list = {}
    for _, row in ipairs(table_of.rows) do
        local all = true
        for _, name in ipairs(columns) do all = all and type(row[name]) == "number" end
        if all then list[#list + 1] = row end
    end
    if #list == 0 then
        fail("there is nothing to draw: no row has numbers for %s yet", table.concat(columns, " and "))
    end
    return list
end

--- Distinct values of a column, sorted.
local function distinct(list, name)
    local seen, values = {}, {}
    for _, row in ipairs(list) do
        if not seen[row[name]] then values[#values + 1] = row[name] end
        seen[row[name]] = true
    end
    table.sort(values, function(a, b)
        if type(a) == type(b) and type(a) ~= "boolean" then return a < b end
        return tostring(a) < tostring(b)
    end)
    return values
end

--- The series of a plot with lines or points: what each is called, and its rows.
local function series(list, given)
    if not given.by then return { { title = given.y, rows = list } } end
    local by, all = type(given.by) == "table" and given.by or { given.by }, {}
    for index, group in ipairs(groups.by(list, by)) do
        local parts = {}
        for place, name in ipairs(by) do
            local value = group[1][name]
            parts[place] = name .. " " .. (type(value) == "number" and numbers.brief(value) or tostring(value))
        end
        all[index] = { title = table.concat(parts, ", "), rows = group }
    end
    return all
end

local function exact(value) return numbers.shortest(value) end

--- Data and commands of lines or points.
local function curves(list, given, kind, put)
    local parts = {}
    for index, one in ipairs(series(list, given)) do
        put(("$d%d << EOD"):format(index))
        local spread = false
        if kind == "scatter" then
            for _, row in ipairs(one.rows) do put(exact(row[given.x]), exact(row[given.y])) end
        else
            for _, x in ipairs(distinct(one.rows, given.x)) do
                local values = {}
                for _, row in ipairs(one.rows) do
                    if row[given.x] == x then values[#values + 1] = row[given.y] end
                end
                local found = groups.statistics(values)
                local sd = found.sd or 0.0
                spread = spread or sd > 0
                put(exact(x), exact(found.mean), exact(sd))
            end
        end
        put "EOD"
        local style = kind == "scatter" and "points" or spread and "yerrorlines" or "linespoints"
        local columns = style == "yerrorlines" and "1:2:3" or "1:2"
        parts[index] = ("$d%d using %s with %s lw 1.5 title %s noenhanced"):format(index, columns, style,
            quoted(one.title))
    end
    put("plot " .. table.concat(parts, ", "))
end

--- What the colour of a field of a heat map shows; nil where no row has these values.
local function color_at(list, given, x, y)
    local values = {}
    for _, row in ipairs(list) do
        if row[given.x] == x and row[given.y] == y then values[#values + 1] = row[given.color] end
    end
    return groups.statistics(values).mean
end

--- Data and commands of a heat map: a field for each pair of values, all of one size.
local function heat(list, given, put)
    local xs, ys = distinct(list, given.x), distinct(list, given.y)
    local function tics(axis, values)
        local parts = {}
        for index, value in ipairs(values) do parts[index] = quoted(numbers.brief(value)) .. " " .. index - 1 end
        put(("set %stics (%s)"):format(axis, table.concat(parts, ", ")))
    end
    tics("x", xs)
    tics("y", ys)
    put "$d1 << EOD"
    for row_of, y in ipairs(ys) do
        for column, x in ipairs(xs) do
            local color = color_at(list, given, x, y)
            if color then put(column - 1, row_of - 1, exact(color)) end
        end
    end
    put "EOD"
    put(("set cblabel %s noenhanced"):format(quoted(given.color)))
    put(("set xrange [-0.5:%d.5]\nset yrange [-0.5:%d.5]"):format(#xs - 1, #ys - 1))
    put "set palette defined (0 '#440154', 1 '#3b528b', 2 '#21918c', 3 '#5ec962', 4 '#fde725')"
    put "plot $d1 using 1:2:(0.5):(0.5):3 with boxxyerror fc palette fs solid 1.0 notitle"
end

--- A heat map as text: a terminal has no colours to rely on, so its fields are numbers.
local function grid_text(list, given)
    local rows = require "docksing.rows"
    local xs, ys = distinct(list, given.x), distinct(list, given.y)
    local heads, cells, numeric = { given.y .. " \\ " .. given.x }, {}, { true }
    for column, x in ipairs(xs) do heads[column + 1], numeric[column + 1] = numbers.brief(x), true end
    for index, y in ipairs(ys) do
        local line = { numbers.brief(y) }
        for column, x in ipairs(xs) do
            local color = color_at(list, given, x, y)
            line[column + 1] = color and ("%.4g"):format(color)
        end
        cells[index] = line
    end
    return given.color .. "\n" .. table.concat(rows.lines(heads, cells, { numeric = numeric }), "\n")
end

--- What gnuplot is told.
---@param table_of docksing.Results
---@param given docksing.PlotOptions
---@param kind string
---@return string script
function plot.script(table_of, given, kind)
    local lines = {}
    local function put(...) lines[#lines + 1] = table.concat({ ... }, " ") end
    local list = numbered(table_of, { given.x, given.y, given.color })
    for _, axis in ipairs { "x", "y" } do
        if given.log and given.log:find(axis, 1, true) and kind ~= "heat" then
            for _, row in ipairs(list) do
                if row[given[axis]] <= 0 then
                    fail("%s has %s, which no logarithmic axis can show; leave %s out of log", given[axis],
                        numbers.brief(row[given[axis]]), axis)
                end
            end
            put("set logscale " .. axis)
        end
        put(("set %slabel %s noenhanced"):format(axis, quoted(given[axis])))
    end
    if not given.file then
        put(("set terminal dumb size %d,%d noenhanced"):format(given.width or 79, given.height or 24))
    else
        local kind_of = given.file:lower():find "%.svg$" and "svg" or "pngcairo"
        put(("set terminal %s size %d,%d noenhanced%s"):format(kind_of, given.width or 800, given.height or 500,
            kind_of == "svg" and " background rgb 'white'" or ""))
        put("set output " .. quoted(given.file))
    end
    local title = given.title or table_of.title
    if title then put(("set title %s noenhanced"):format(quoted(title))) end
    put "set tics nomirror\nset autoscale fix\nset offsets graph 0.05, graph 0.05, graph 0.09, graph 0.09"
    put(not given.by and "unset key" or given.file and "set key outside noenhanced" or "set key below noenhanced")
    if kind == "heat" then heat(list, given, put) else curves(list, given, kind, put) end
    return table.concat(lines, "\n") .. "\n"
end

--- Draws: see `run:plot`.
---@param table_of docksing.Results
---@param given docksing.PlotOptions
---@return string? text when there is no file
function plot.draw(table_of, given)
    local kind = check(table_of, given)
    if kind == "heat" and not given.file then
        return grid_text(numbered(table_of, { given.x, given.y, given.color }), given)
    end
    local script = plot.script(table_of, given, kind)
    local program = folders.output "command -v gnuplot"
    if not program then
        fail("plots are drawn by gnuplot, which is not on this machine: install it (Debian: apt install "
            .. "gnuplot-nox) and try again")
    end
    if given.file then
        local file, reason = io.open(given.file, "w")
        if not file then fail("cannot write %s", reason) end
        file:close()
    end
    local path = os.tmpname()
    local file <close> = assert(io.open(path, "w"))
    file:write(script)
    file:close()
    local text = folders.output("gnuplot " .. folders.quote(path) .. " 2>&1")
    os.remove(path)
    if not text then fail "gnuplot could not draw that; see what it said above" end
    -- A single value is no mistake; gnuplot says how it widens the axis.
    text = text:gsub("[^\n]*arning: empty [^\n]*range[^\n]*\n?", "")
    if given.file then
        if text ~= "" then fail("gnuplot says: %s", text:match "[^\n]+") end
        return nil
    end
    return (text:gsub("\f", ""):gsub("^%s*\n", ""):gsub("[ \t]+\n", "\n"):gsub("%s+$", ""))
end

return plot
