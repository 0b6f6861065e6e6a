--- A sweep: an experiment and the points at which to try it. See `docksing.sweep`.
local fail = require "docksing.fail"
local json = require "docksing.json"
local native = require "docksing.native"
local options = require "docksing.options"
local plan = require "docksing.sweep.plan"
local rows = require "docksing.rows"
local runs = require "docksing.sweep.run"
local set = require "docksing.sweep.set"
local space = require "docksing.space"

--- A sweep, from `docksing.sweep`: `#` counts its points, `[n]` is one of them (`name`, `parameters`, `environment`,
--- `command`, `slurm`), and `tostring` shows them as a table.
---
--- ```lua
--- print(sweep)
--- print(#sweep, sweep[1].name)
--- ```
---@class docksing.Sweep
---@field name string? as it was given
---@field remotedir string the run directory of the whole
---@field parameters string[] the names of the parameters, in order
local Sweep = {}
require "docksing.classes"["docksing.Sweep"] = Sweep

--- The keys that give points, in the order in which they are multiplied.
local sources = { "grid", "zip", "list", "csv", "jsonl", "random", "latin", "sobol", "points" }
local others = {
    "name", "job", "remotedir", "order", "where", "count", "seed", "environment", "command", "slurm", "volumes",
        "image",
    "outputs", "docksing",
}

local meta = {
    __name = "docksing.Sweep",
    __methods = Sweep,
    __index = function(sweep, key)
        if math.type(key) == "integer" then return rawget(sweep, "list")[key] end
        return Sweep[key]
    end,
    __len = function(sweep) return #sweep.list end,
}

local function check_keys(spec)
    if type(spec) ~= "table" then
        fail("a sweep is a table, such as docksing.sweep { job = job, grid = { LR = { 0.1, 0.01 } } }, not a %s",
            type(spec))
    end
    local known, all = {}, {}
    for _, list in ipairs { sources, others } do
        for _, name in ipairs(list) do
            known[name] = true
            all[#all + 1] = name
        end
    end
    for key in pairs(spec) do
        if not known[key] then
            local near = type(key) == "string" and options.nearest(key, all)
            fail("a sweep has no key %s%s", tostring(key), near and "; did you mean '" .. near .. "'?"
                or "; there are " .. table.concat(all, ", "))
        end
    end
    if spec.name ~= nil and (type(spec.name) ~= "string" or not spec.name:find "^%w[%w._-]*$" or #spec.name > 60) then
        fail("the name of a sweep is letters, digits, '.', '_' and '-', as it becomes part of a folder's name: %s",
            rows.shown(tostring(spec.name)))
    end
end

--- The set of points that one key asks for.
local function source(key, value, spec)
    local sampled = { count = spec.count, seed = spec.seed, order = spec.order }
    if set.is(value) then return value end
    if key == "points" then
        if type(value) == "function" then return space.each(value) end
        return space.list(value, { order = spec.order })
    elseif key == "random" or key == "latin" or key == "sobol" then
        return space[key](value, sampled)
    elseif key == "csv" or key == "jsonl" then
        return space[key](value)
    end
    return space[key](value, { order = spec.order })
end

local function points_of(spec)
    local all
    for _, key in ipairs(sources) do
        if spec[key] ~= nil then
            local one = source(key, spec[key], spec)
            all = all and all * one or one
        end
    end
    if not all then
        fail("a sweep needs points: give it one of grid, zip, list, random, latin, sobol, csv, jsonl and points")
    end
    if spec.order ~= nil then
        local found = {}
        for _, name in ipairs(all.names) do found[name] = true end
        for _, name in ipairs(spec.order) do
            if not found[name] then
                local near = options.nearest(tostring(name), all.names)
                fail("order: there is no parameter %s%s", tostring(name), near and "; did you mean '" .. near .. "'?"
                    or "")
            end
        end
        all = set.new(set.order(found, spec.order), all.list)
    end
    local conditions = type(spec.where) == "table" and spec.where or { spec.where }
    for _, condition in ipairs(conditions) do all = all:where(condition) end
    if #all == 0 then fail("the sweep has no points%s", spec.where and "; its 'where' lets none through" or "") end
    return all
end

--- What is the same in all jobs of a sweep: its run directory, its name, what its outputs are.
local function base_of(spec)
    local job = spec.job
    if job == nil then fail("a sweep needs a job, such as job = docksing.load \"train.yaml\"") end
    if type(job) == "string" then job = native.load(job) elseif type(job) == "table" then job = native.job(job) end
    local is_function = type(job) == "function"
    if not is_function and getmetatable(job) ~= "job" then
        fail("job is a job, the name of a config, or a function that gives a job for a point, not a %s", type(job))
    end
    local directory, known = spec.remotedir, {}
    return function(point, name)
        local own = job
        if is_function then
            own = job(point)
            if getmetatable(own) ~= "job" then return own end
        end
        if known[own] then return known[own] end
        directory = directory or own.remotedir .. (spec.name and "-" .. spec.name or "")
        local settings = spec.docksing and json.decode(json.encode(spec.docksing)) or {}
        settings.outputs = spec.outputs
        known[own] = own:with {
            remotedir = directory,
            slurm = spec.name and { ["job-name"] = spec.name } or {},
            docksing = next(settings) ~= nil and settings or nil,
        }
        return known[own], name
    end, function() return directory end
end

local submit_options = { "running", "again", "recompute", "array_size", "timeout" }

--- The options of a submission, checked.
local function checked_options(given)
    if given ~= nil and type(given) ~= "table" then fail("a submission takes a table of options, not a %s",
        type(given)) end
    for key, value in pairs(given or {}) do
        local known = false
        for _, name in ipairs(submit_options) do known = known or name == key end
        if not known then
            local near = options.nearest(tostring(key), submit_options)
            fail("the submission of a sweep has no option %s%s", tostring(key), near and "; did you mean '" .. near
                .. "'?"
                or "; there are " .. table.concat(submit_options, ", "))
        elseif key == "running" and (math.type(value) ~= "integer" or value < 1) then
            fail "running is how many points may run at a time, a whole number from 1 on"
        end
    end
    local copy = {}
    for key, value in pairs(given or {}) do copy[key] = value end
    return copy
end

--- Makes a sweep: see `docksing.sweep`.
---@param spec table
---@return docksing.Sweep
local function new(spec)
    check_keys(spec)
    local all = points_of(spec)
    local base, directory = base_of(spec)
    local list, repeated = plan.points(spec, all, base)
    return setmetatable({
        name = spec.name, list = list, parameters = all.names, repeated = repeated, remotedir = directory(),
    }, meta)
end

--- The columns that say what differs between points beside their parameters.
local function extras(list)
    local columns = {}
    local function add(head, text_of)
        local differs, texts = false, {}
        for index, point in ipairs(list) do
            texts[index] = text_of(point)
            differs = differs or texts[index] ~= texts[1]
        end
        if differs then columns[#columns + 1] = { head = head, texts = texts } end
    end
    add("slurm", function(point)
        local parts, keys = {}, {}
        for key in pairs(point.slurm or {}) do keys[#keys + 1] = key end
        table.sort(keys)
        for index, key in ipairs(keys) do parts[index] = key .. "=" .. tostring(point.slurm[key]) end
        return table.concat(parts, " ")
    end)
    -- Reading a key of a job costs more than comparing jobs: most points share theirs.
    local images = {}
    add("image", function(point)
        images[point.job] = images[point.job] or tostring(point.job.container.image)
        return images[point.job]
    end)
    return columns
end

function meta.__tostring(sweep)
    local list, parameters = sweep.list, {}
    for index, point in ipairs(list) do parameters[index] = point.parameters end
    local cells, numeric = set.cells(sweep.parameters, parameters)
    local heads = table.move(sweep.parameters, 1, #sweep.parameters, 1, {})
    for _, column in ipairs(extras(list)) do
        heads[#heads + 1] = column.head
        for index, row in ipairs(cells) do row[#heads] = rows.cut(rows.shown(column.texts[index]), 60) end
    end
    local title = ("%s%d point%s in %s"):format(sweep.name and sweep.name .. ": " or "", #list, #list == 1 and ""
        or "s",
        rows.shown(sweep.remotedir))
    if sweep.repeated > 0 then title = ("%s (%d given again, and left out)"):format(title, sweep.repeated) end
    local lines = rows.lines(heads, cells, { limit = 40, numeric = numeric })
    return title .. "\n" .. table.concat(lines, "\n")
end

--- The points as a cluster takes them: with their parameters as text, which it keeps for those who attach.
local function handed(sweep)
    local list = {}
    for index, point in ipairs(sweep.list) do
        for name, text in pairs(point.environment) do
            if text:find("\r", 1, true) then
                fail("the point %s: the value of %s holds a carriage return, which Apptainer loses", point.name, name)
            end
        end
        list[index] = {
            name = point.name, job = point.job, environment = point.environment, command = point.command,
            slurm = point.slurm, parameters = json.encode(point.parameters),
        }
    end
    return list
end

--- Submits a sweep: `hpc:submit(sweep)` and `docksing.run(sweep)` come here.
---@param sweep docksing.Sweep
---@param place docksing.Cluster|docksing.Engine
---@param given docksing.SweepSubmitOptions?
---@return docksing.SweepRun
function meta.__submit(sweep, place, given)
    local all = checked_options(given)
    if getmetatable(place) == "engine" then
        return runs.new(require "docksing.sweep.rehearsal".start(sweep.list, all), sweep)
    end
    all.timeout, all.name, all.columns = nil, sweep.name, sweep.parameters
    return runs.new(place:submit_points(handed(sweep), all), sweep)
end

--- Takes up the sweep in its run directory, and starts nothing: `hpc:attach(sweep)` comes here.
---@param sweep docksing.Sweep
---@param place docksing.Cluster
---@return docksing.SweepRun
function meta.__attach(sweep, place) return place:attach(sweep.remotedir) end

--- Looks at what the sweep's job needs, on this machine or a cluster: `hpc:check(sweep)` comes here.
---@param sweep docksing.Sweep
---@param place docksing.Cluster|docksing.Engine
---@return docksing.Checks
function meta.__check(sweep, place) return place:check(sweep.list[1].job) end

--- What would be submitted: `hpc:exact(sweep)` comes here.
---@param sweep docksing.Sweep
---@param hpc docksing.Cluster
---@return string
function meta.__exact(sweep, hpc) return sweep:exact(hpc) end

--- What would be submitted, as text: for a cluster all of it, with its paths; without one, the command of each point
--- for Docker.
---
--- ```lua
--- print(sweep:exact())
--- print(sweep:exact(hpc))
--- ```
---@param hpc? docksing.Cluster
---@return string text
function Sweep:exact(hpc)
    if hpc ~= nil then
        return hpc:exact_points(handed(self), { name = self.name, columns = self.parameters })
    end
    local parts = { tostring(self) }
    for index, point in ipairs(self.list) do
        if index > 20 then
            parts[#parts + 1] = ("# and %d more"):format(#self.list - 20)
            break
        end
        local job = point.job:with { environment = point.environment, command = point.command }
        parts[#parts + 1] = ("# %s\n%s"):format(point.name, tostring(job:docker()))
    end
    return table.concat(parts, "\n")
end

function meta.__pairs(sweep)
    return function(_, index)
        index = index + 1
        if sweep.list[index] then return index, sweep.list[index] end
    end, sweep, 0
end

return new
