--- A sweep that was submitted, on a cluster or here.
local accept = require "docksing.sweep.accept"
local json = require "docksing.json"
local points = require "docksing.sweep.point"
local progress = require "docksing.sweep.progress"
local rows = require "docksing.rows"
local set = require "docksing.sweep.set"
local states = require "docksing.sweep.states"

local ask = progress.ask

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

require "docksing.sweep.outcomes"

local meta = { __name = "docksing.SweepRun", __methods = SweepRun }
local counts = { __name = "counts of states", __tostring = states.summary }

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
    local self = setmetatable({ native = native, points = points.listed {}, told = {}, news = {} }, meta)
    self.name = sweep and sweep.name or native.sweep or native.dir:match "([^/]+)$" or "sweep"
    local found, order, told = {}, {}, {}
    for index, one in ipairs(native:list()) do
        local parameters = one.parameters
        if type(parameters) == "string" then parameters = json.decode(parameters) end
        -- What lies there is data: a value that is no object has no parameters.
        if type(parameters) ~= "table" then parameters = {} end
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
---@field tail? integer how many lines of each running point to begin with; of those that have ended, none
---@field state? fun(point: docksing.Point, words: string) called whenever the state of a point changes
---@field ended? fun(point: docksing.Point) called when a point has ended

--- For a loop: each point, line and stream as they come, until the last point has ended. The loop may be left at any
--- time; the sweep goes on.
---
--- ```lua
--- for point, line, stream in sweep_run:lines() do print(point, stream, line) end
--- ```
---@param options? docksing.SweepLinesOptions
---@return fun(): docksing.Point?, string?, "stdout"|"stderr"|nil lines
function SweepRun:lines(options)
    local given = accept.options(options, { "tail", "state", "ended" }, "lines")
    accept.count(given, "tail", "lines", "lines")
    local events, native_state, native_var, closing = self.native:follow { log = true, tail = given.tail }
    local function next_line()
        while true do
            local index, kind, what, stream = events(native_state, native_var)
            if not index then return nil end
            if kind == "line" then return self.points[index], what, stream end
            local ended = progress.observe(self, index, what)
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
    local given = accept.options(options, { "timeout", "any", "ended" }, "wait")
    accept.seconds(given, "timeout", "wait")
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
            local ended = kind == "state" and progress.observe(self, index, what)
            if ended and given.ended then given.ended(ended) end
        end
        ask(self, given.ended)
    end
    return progress.outcome(self)
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
    return progress.outcome(self)
end

--- How many points are in each state now. It prints as a line: `running 4, completed 8`.
---
--- ```lua
--- print(sweep_run:counts(), sweep_run:counts().completed)
--- ```
---@return table<docksing.State, integer> counts
function SweepRun:counts()
    ask(self)
    return setmetatable(progress.counts(self), counts)
end

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
    local given = accept.options(options, { "ended" }, "watch")
    ask(self, given.ended)
    local view <close> = require "docksing.sweep.view".new(self)
    for index, kind, what in self.native:follow { log = false, beat = true } do
        if kind == "state" then
            local ended = progress.observe(self, index, what)
            view:update(self.points[index], progress.counts)
            if ended and given.ended then given.ended(ended) end
        else
            view:tick(progress.counts)
        end
    end
    ask(self)
    view:finish(progress.counts(self))
    return progress.outcome(self)
end

function meta.__tostring(self)
    local ok, problem = pcall(ask, self)
    return rows.shown(("%s on %s: %d points, %s (%s)"):format(self.name, self.host, #self.points,
        ok and states.summary(progress.counts(self)) or tostring(problem), self.dir))
end

return runs
