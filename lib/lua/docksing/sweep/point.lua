--- A point of a sweep that was submitted.
local accept = require "docksing.sweep.accept"
local fail = require "docksing.fail"
local metrics = require "docksing.sweep.metrics"
local rows = require "docksing.rows"
local states = require "docksing.sweep.states"

local points = {}

--- A point of a running sweep: from `run:point(7)`, `run:failed()`, or a loop over its lines. Its parameters are
--- fields, too (`point.LR`); `tostring` is its name. What is known of it is as it was last seen; `run:poll()` asks
--- anew.
---
--- ```lua
--- local point = sweep_run:point(1)
--- print(point, point.state, point.code, point.parameters.LR)
--- ```
---@class docksing.Point
---@field index integer its place in the sweep
---@field number integer its number in the run directory, which it keeps
---@field name string `LR=0.1,SEED=2`, a good name for files
---@field parameters table<string, any> their values by name
---@field state docksing.State where it stands
---@field reason string? why it waits, or why it was refused
---@field code integer? the exit code, once it has ended
---@field node string? where it runs or ran
---@field job string? the job's id, `123_4`, or the container's
---@field elapsed number? how many seconds it ran
---@field memory integer? the most memory that it used, in bytes, where that is known
---@field metrics table<string, any> what it measured: empty until it has ended
---@field ended boolean whether nothing more will happen
---@field ok boolean whether it has ended well
local Point = {}
require "docksing.classes"["docksing.Point"] = Point

local meta = { __name = "docksing.Point", __methods = Point }

local computed = {
    state = function(self) return self.status.state end,
    ended = function(self) return states.is_final(self.status.state) end,
    ok = function(self) return self.status.state == "completed" end,
    metrics = function(self) return (metrics.read(self.status.metrics, self.status.metrics_kind)) end,
}
local seen = {
    reason = true, code = true, node = true, job = true, elapsed = true, memory = true, restarts = true, started = true,
}

function meta.__index(self, key)
    if Point[key] then return Point[key] end
    if computed[key] then return computed[key](self) end
    if seen[key] then return rawget(self, "status")[key] end
    return rawget(self, "parameters")[key]
end

function meta.__tostring(self) return rows.shown(self.name) end

--- Whether a value is a point.
---@param value any
---@return boolean
function points.is(value) return getmetatable(value) == meta end

--- Makes a point of a run.
---@param run docksing.SweepRun
---@param recorded table index, number, name, parameters
---@return docksing.Point
function points.new(run, recorded)
    return setmetatable({
        run = run, index = recorded.index, number = recorded.number, name = recorded.name,
        parameters = recorded.parameters or {}, status = { state = "unknown" },
    }, meta)
end

local listed = { __name = "list of docksing.Point" }

function listed.__tostring(list)
    local cells = {}
    for index, point in ipairs(list) do
        cells[index] = {
            rows.shown(point.name), point.state, point.code and tostring(point.code), rows.shown(point.node or ""),
            rows.shown(point.job or ""),
        }
    end
    return table.concat(rows.lines({ "point", "state", "code", "node", "job" }, cells, {
        limit = 50, numeric = { [3] = true },
    }), "\n")
end

--- Makes a list of points one that prints as a table.
---@param list docksing.Point[]
---@return docksing.Point[]
function points.listed(list) return setmetatable(list, listed) end

---@class docksing.LogOptions
---@field tail? integer how many of its last lines; all of them by default

--- Its log, as it is now.
---
--- ```lua
--- print(sweep_run:point(1):log "stdout")
--- print(sweep_run:point(1):log("stderr", { tail = 20 }))
--- ```
---@param stream? "stdout"|"stderr" stdout by default
---@param options? docksing.LogOptions
---@return string text
function Point:log(stream, options)
    local given = accept.options(options, { "tail" }, "log")
    accept.count(given, "tail", "log", "lines")
    if stream ~= nil and stream ~= "stdout" and stream ~= "stderr" then
        fail("log: the stream is 'stdout' or 'stderr', not %s", tostring(stream))
    end
    return self.run.native:log(self.index, stream or "stdout", given)
end

--- Cancels it; the others go on.
---
--- ```lua
--- sweep_run:point(1):cancel()
--- ```
function Point:cancel() self.run:cancel { self } end

--- Runs it again, if it has ended otherwise than well.
---
--- ```lua
--- for _, point in ipairs(sweep_run:failed()) do point:retry { slurm = { mem = "16G" } } end
--- ```
---@param options? {slurm?: table}
function Point:retry(options)
    local given = accept.options(options, { "slurm" }, "retry")
    self.run:retry { where = { self }, slurm = given.slurm }
end

--- Brings its outputs.
---
--- ```lua
--- sweep_run:point(1):fetch "results"
--- ```
---@param into? string a folder; the outputs are in a folder with the point's name there
---@return docksing.FetchReport report
function Point:fetch(into) return self.run:fetch { into = into, where = { self } } end

return points
