--- A sweep that was submitted, on a cluster or here.
local choice = require "docksing.sweep.choice"
local fail = require "docksing.fail"
local gathered = require "docksing.sweep.gathered"
local json = require "docksing.json"
local points = require "docksing.sweep.point"
local progress = require "docksing.sweep.progress"
local rows = require "docksing.rows"
local set = require "docksing.sweep.set"
local states = require "docksing.sweep.states"

local ask, counts_of, observe, outcome = progress.ask, progress.counts, progress.observe, progress.outcome

local runs = {}

--- A sweep that was submitted, from `hpc:submit(sweep)`, `docksing.run(sweep)` or `docksing.attach(place)`. `#`
--- counts its points, `tostring` says how it stands.
---
--- ```lua
--- print(sweep_run)
--- print(#sweep_run, sweep_run.host, sweep_run.dir)
--- ```
---@class docksing.SweepRun
---@field name string the sweep's name
---@field host string where it runs; `local` for this machine
---@field dir string the run directory
---@field ids string[] the ids of its arrays, or of containers
---@field resumed boolean whether some of its points were there before
---@field points docksing.Point[] all of them, in order
local SweepRun = {}
require "docksing.classes"["docksing.SweepRun"] = SweepRun

local meta = { __name = "docksing.SweepRun", __methods = SweepRun }

function meta.__index(self, key)
    if SweepRun[key] then return SweepRun[key] end
    if key == "host" or key == "dir" or key == "ids" or key == "resumed" then return rawget(self, "native")[key] end
    return nil
end

function meta.__len(self) return #self.points end

--- Whether a value is a sweep that was submitted.
---@param value any
---@return boolean
function runs.is(value) return getmetatable(value) == meta end

--- Makes the object of what a cluster, or a rehearsal, has.
---@param native any
---@param sweep? docksing.Sweep what was submitted, where that is known
---@return docksing.SweepRun
function runs.new(native, sweep)
    local self = setmetatable({ native = native, points = {}, told = {}, news = {} }, meta)
    self.name = sweep and sweep.name or native.sweep or native.dir:match "([^/]+)$" or "sweep"
    local found, order, told = {}, {}, {}
    for index, one in ipairs(native:list()) do
        local parameters = one.parameters
        if type(parameters) == "string" then parameters = json.decode(parameters) end
        -- What was submitted just now is known exactly.
        if sweep and sweep[index] and sweep[index].name == one.name then parameters = sweep[index].parameters end
        one.parameters = parameters or {}
        self.points[index] = points.new(self, one)
        for name in pairs(one.parameters) do found[name] = true end
        -- The names of points have their parameters in order.
        for name in not sweep and ("," .. one.name):gmatch ",([%a_][%w_]*)=" or function() end do
            if not told[name] then order[#order + 1] = name end
            told[name] = true
        end
    end
    self.columns = set.order(found, sweep and sweep.parameters or native.columns or order)
    return self
end

---@class docksing.SweepLinesOptions
---@field tail? integer how many lines of each stream, from its end, to begin with
---@field state? fun(point: docksing.Point, words: string) called whenever the state of a point changes
---@field ended? fun(point: docksing.Point) called when a point has ended

--- For a loop: the lines of all points as they come, each with its point, until the last one has ended. The loop may
--- be left at any time; the sweep goes on.
---
--- ```lua
--- for point, line, stream in sweep_run:lines() do print(point, stream, line) end
--- ```
---@param options? docksing.SweepLinesOptions
---@return fun(): docksing.Point?, string?, "stdout"|"stderr"|nil lines
function SweepRun:lines(options)
    local given = choice.options(options, { "tail", "state", "ended" }, "lines")
    local events, native_state, native_var, closing = self.native:follow { log = true, tail = given.tail }
    local function next_line()
        while true do
            local index, kind, what, stream = events(native_state, native_var)
            if not index then return nil end
            if kind == "line" then return self.points[index], what, stream end
            local ended = observe(self, index, what)
            if given.state then given.state(self.points[index], states.words(what)) end
            if ended and given.ended then given.ended(ended) end
        end
    end
    return next_line, nil, nil, closing
end

---@class docksing.SweepWaitOptions
---@field timeout? number how many seconds to wait at most
---@field any? boolean wait for the next point that ends, and give it
---@field ended? fun(point: docksing.Point) called when a point has ended

--- Waits until all points have ended, or for at most `timeout` seconds. With `any = true` for the next one that ends,
--- and gives that point, each one once; nil when all have been given, or the time is up.
---
--- ```lua
--- while true do
---     local point = sweep_run:wait { any = true }
---     if not point then break end
---     print(point, point.state)
--- end
--- print(sweep_run:wait())
--- ```
---@param options? docksing.SweepWaitOptions
---@return integer? code 0 when all have completed, else the first other exit code; nil when some go on
---@return docksing.State state
function SweepRun:wait(options)
    local given = choice.options(options, { "timeout", "any", "ended" }, "wait")
    if given.timeout ~= nil and (type(given.timeout) ~= "number" or given.timeout < 0) then
        fail("wait: timeout is a number of seconds, 0 or more, not %s", tostring(given.timeout))
    end
    if given.any then
        local point = progress.next_ended(self, given.timeout)
        if point and given.ended then given.ended(point) end
        return point
    end
    if given.timeout then
        self.native:wait { timeout = given.timeout }
        ask(self, given.ended)
    else
        for index, kind, what in self.native:follow { log = false } do
            local ended = kind == "state" and observe(self, index, what)
            if ended and given.ended then given.ended(ended) end
        end
        ask(self, given.ended)
    end
    return outcome(self)
end

--- For a loop: the points as they end.
---
--- ```lua
--- for point in sweep_run:ended() do print(point, point.state) end
--- ```
---@return fun(): docksing.Point? points
function SweepRun:ended()
    return function() return progress.next_ended(self) end
end

--- How the whole stands now, without waiting: what `wait` gives.
---
--- ```lua
--- print(sweep_run:poll())
--- ```
---@return integer? code
---@return docksing.State state
function SweepRun:poll()
    -- A rehearsal is driven by those who look at it.
    if self.host == "local" then self.native:poll() end
    ask(self)
    return outcome(self)
end

--- How many points are in each state now.
---
--- ```lua
--- print(sweep_run:counts().completed)
--- ```
---@return table<docksing.State, integer> counts
function SweepRun:counts()
    ask(self)
    return counts_of(self)
end

--- The points that have ended otherwise than well.
---
--- ```lua
--- for _, point in ipairs(sweep_run:failed()) do print(point, point.state, point:log "stderr") end
--- ```
---@return docksing.Point[]
function SweepRun:failed()
    ask(self)
    local list = {}
    for _, point in ipairs(self.points) do
        if states.is_failure(point.state) then list[#list + 1] = point end
    end
    return list
end

--- A point: by its place, its name, or its parameters.
---
--- ```lua
--- print(sweep_run:point(1), sweep_run:point { LR = 0.1, SEED = 1 })
--- ```
---@param which integer|string|table
---@return docksing.Point
function SweepRun:point(which)
    if #self.points > 0 and self.points[1].status.state == "unknown" then ask(self) end
    if type(which) == "number" then
        return self.points[which] or fail("there is no point %s; there are %d", tostring(which), #self.points)
    end
    local list = {}
    if type(which) == "string" then
        for index, point in ipairs(self.points) do
            if point.name == which then list[#list + 1] = index end
        end
    else
        list = choice.points(self, which)
    end
    if #list == 1 then return self.points[list[1]] end
    fail("%s point is %s", #list == 0 and "no" or "more than one", type(which) == "string" and "called "
        .. rows.shown(which)
        or "like that; ask run.points for all")
end

--- Cancels points that have not ended: all, or those that a filter lets through: a function of a point, a list of
--- points, or a table of parameters.
---
--- ```lua
--- sweep_run:cancel(function(point) return point.LR > 0.5 end)
--- ```
---@param filter? function|table|string
function SweepRun:cancel(filter)
    ask(self)
    local list = {}
    for _, index in ipairs(choice.points(self, filter)) do
        if not self.points[index].ended then list[#list + 1] = index end
    end
    if #list > 0 then self.native:cancel(list) end
    ask(self)
end

--- Runs again what failed, ran out of time or memory, or was lost: all of that, or what of it a filter lets through.
---
--- ```lua
--- sweep_run:retry { slurm = { mem = "16G" } }
--- ```
---@param options? {slurm?: table, running?: integer, where?: function|table|string} other options for these points
---@return docksing.Point[] points those that run again
function SweepRun:retry(options)
    local given = choice.options(options, { "slurm", "where", "running" }, "retry")
    ask(self)
    local list, again = {}, {}
    for _, index in ipairs(choice.points(self, given.where)) do
        if states.is_failure(self.points[index].state) then
            list[#list + 1], again[#again + 1] = index, self.points[index]
        end
    end
    if #list == 0 then return again end
    progress.stop_following(self)
    self.native:retry(list, { slurm = given.slurm, running = given.running })
    progress.forget(self, list)
    return again
end

--- Brings the outputs of points, each into a folder with its name: beside the bind's own source, or into another
--- folder.
---
--- ```lua
--- sweep_run:fetch "results"
--- sweep_run:fetch { into = "results", only = "*.csv", where = { LR = 0.1 } }
--- ```
---@param into? string|{into?: string, only?: string|string[], where?: function|table|string}
---@return docksing.FetchReport report
function SweepRun:fetch(into)
    if type(into) == "string" then into = { into = into } end
    local given = choice.options(into, { "into", "only", "where" }, "fetch")
    return self.native:fetch {
        into = given.into, only = given.only, points = given.where ~= nil and choice.points(self, given.where) or nil,
    }
end

--- What the points gave, a row for each: its parameters, what it measured, its state, exit code, seconds, node, and
--- memory where that is known. Without columns: all that there are.
---
--- ```lua
--- print(sweep_run:results { "LR", "state" })
--- ```
---@param columns? string[]
---@return docksing.Results results
function SweepRun:results(columns)
    ask(self)
    return gathered(self, columns)
end

--- Draws results with gnuplot: into a file, or as text for a terminal.
---
--- ```lua
--- sweep_run:plot { x = "LR", y = "loss", log = "x", file = "lr.svg" }
--- ```
---@param what docksing.PlotOptions
---@return string? text when there is no `file`
function SweepRun:plot(what) return self:results():plot(what) end

---@class docksing.SweepWatchOptions
---@field ended? fun(point: docksing.Point) called when a point has ended

--- Shows how it goes until all points have ended: on a terminal a bar, counts, the time that is left, and the last
--- lines of failures; elsewhere a line for each point that ends. Ctrl-C ends that, and the sweep goes on.
---
--- ```lua
--- sweep_run:watch()
--- ```
---@param options? docksing.SweepWatchOptions
---@return integer? code as `wait` gives it
---@return docksing.State state
function SweepRun:watch(options)
    local given = choice.options(options, { "ended" }, "watch")
    local view <close> = require "docksing.sweep.view".new(self)
    for index, kind, what in self.native:follow { log = false } do
        if kind == "state" then
            local ended = observe(self, index, what)
            view:update(self.points[index], counts_of)
            if ended and given.ended then given.ended(ended) end
        end
    end
    ask(self)
    view:finish(counts_of(self))
    return outcome(self)
end

function meta.__tostring(self)
    local ok, problem = pcall(ask, self)
    return ("%s on %s: %d points, %s (%s)"):format(self.name, self.host, #self.points,
        ok and states.summary(counts_of(self)) or tostring(problem), self.dir)
end

return runs
