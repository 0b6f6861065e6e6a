--- A sweep: an experiment and the points at which to try it. See `docksing.sweep`.
local accept = require "docksing.sweep.accept"
local fail = require "docksing.fail"
local json = require "docksing.json"
local plan = require "docksing.sweep.plan"
local rows = require "docksing.rows"
local runs = require "docksing.sweep.run"
local set = require "docksing.sweep.set"
local spec = require "docksing.sweep.spec"

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

local meta = {
    __name = "docksing.Sweep",
    __methods = Sweep,
    __index = function(sweep, key)
        if math.type(key) == "integer" then return rawget(sweep, "list")[key] end
        return Sweep[key]
    end,
    __len = function(sweep) return #sweep.list end,
}

--- Makes a sweep: see `docksing.sweep`.
---@param given docksing.SweepOptions
---@return docksing.Sweep
local function new(given)
    spec.check(given)
    local all = spec.points(given)
    local job_of, directory = spec.jobs(given)
    local list, repeated = plan.points(given, all, job_of)
    return setmetatable({
        name = given.name, list = list, parameters = all.names, repeated = repeated, remotedir = directory(),
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
                fail("the point %s: the value of %s holds a carriage return, which Apptainer loses; leave it "
                    .. "out, or have the program read the value from a file", point.name, name)
            end
        end
        list[index] = {
            name = point.name, job = point.job, environment = point.environment, command = point.command,
            slurm = point.slurm, parameters = json.encode(point.parameters),
        }
    end
    return list
end

--- The options of a submission, checked.
local function checked(given)
    accept.options(given, { "running", "again", "recompute", "array_size", "timeout" }, "the submission of a sweep")
    local copy = {}
    for key, value in pairs(given or {}) do copy[key] = value end
    if copy.running ~= nil and (math.type(copy.running) ~= "integer" or copy.running < 1) then
        fail "running is how many points may run at a time, a whole number from 1 on"
    end
    return copy
end

--- Submits a sweep: `hpc:submit(sweep)` and `docksing.run(sweep)` come here.
---@param sweep docksing.Sweep
---@param place docksing.Cluster|docksing.Engine
---@param given docksing.SweepSubmitOptions?
---@return docksing.SweepRun
function meta.__submit(sweep, place, given)
    local all = checked(given)
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
---@param options? docksing.SweepSubmitOptions
---@return string
function meta.__exact(sweep, hpc, options) return sweep:exact(hpc, options) end

--- What would be submitted, as text: for a cluster all of it, with its paths; without one, the command of each point
--- for Docker.
---
--- ```lua
--- print(sweep:exact())
--- print(sweep:exact(hpc, { running = 4 }))
--- ```
---@param hpc? docksing.Cluster
---@param options? docksing.SweepSubmitOptions
---@return string text
function Sweep:exact(hpc, options)
    local given = checked(options)
    if hpc ~= nil then
        if getmetatable(hpc) ~= "cluster" then
            fail("exact takes a cluster, from docksing.connect, not a %s", type(hpc))
        end
        given.timeout, given.name, given.columns = nil, self.name, self.parameters
        return hpc:exact_points(handed(self), given)
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
