--- A sweep under Docker on this machine, some points at a time: what an array on a cluster is to a script, this is,
--- too. The run directory holds `sweep.jsonl`, a line for each thing that happened, and a folder for each point's
--- log.
local container = require "docksing.sweep.container"
local fail = require "docksing.fail"
local fetched = require "docksing.fetched"
local folders = require "docksing.sweep.folders"
local native = require "docksing.native"
local outputs = require "docksing.sweep.outputs"
local record = require "docksing.sweep.record"
local states = require "docksing.sweep.states"
local tail = require "docksing.sweep.tail"

---@class docksing.Rehearsal
local Rehearsal = {}
Rehearsal.__index = Rehearsal
Rehearsal.__name = "docksing.Rehearsal"
function Rehearsal.__len(self) return #self.points end

--- Begins, or goes on with, a rehearsal.
---@param points docksing.PlannedPoint[]
---@param options table
---@return docksing.Rehearsal
function Rehearsal.start(points, options)
    local base = record.directory(points[1].job.remotedir)
    local remotedir, number = base, 1
    while options.again and (folders.names(folders.current() .. "/" .. remotedir) or {})[1] do
        number = number + 1
        remotedir = base .. "-" .. number
    end
    local dir = folders.current() .. "/" .. remotedir
    local known, count, head = record.read(dir)
    if not head and (folders.names(dir) or {})[1] then
        fail("%s exists and is not a sweep of docksing-shell, and is left as it is; choose another remotedir, or "
            .. "run in the "
            .. "next free one with again = true", dir)
    end
    -- What can be refused is, before anything is made.
    local binds = {}
    for _, point in ipairs(points) do
        binds[point.job] = binds[point.job] or table.pack(outputs.of(point.job))
    end
    if not folders.make(dir) then fail("the folder %s cannot be made; choose another remotedir", dir) end
    local self = setmetatable({
        host = "local", dir = dir, remotedir = remotedir, ids = {}, resumed = false, points = {}, live = {},
        running = options.running or 1, engine = native.engine { timeout = options.timeout },
    }, Rehearsal)
    if not head then record.note(self, { sweep = true }) end
    local identity_of = record.identities()
    for index, point in ipairs(points) do
        local identity, old = identity_of(point), known[point.name]
        local own = {
            index = index, name = point.name, planned = point, parameters = point.parameters, attempt = 1,
            identity = identity, sources = binds[point.job][1], volumes = binds[point.job][2], state = "pending",
        }
        if old then own.number, own.attempt = old.number, old.attempt or 1 end
        if old and old.identity == identity and not (options.recompute and old.status) then
            for key, value in pairs(old.status or {}) do own[key] = value end
            own.index, self.resumed = index, true
            own.known, own.begun = not old.status and old.starting, old.begun
        elseif old then
            if old.starting and not old.status then container.give_up(self, own, own.attempt) end
            own.attempt = own.attempt + 1
        else
            count = count + 1
            own.number = count
        end
        if not old or own.attempt ~= (old.attempt or 1) then
            container.note(self, own)
        end
        self.points[index] = own
    end
    native.remember_rehearsal(points[1].job, dir)
    return self
end

--- Takes up a rehearsal by its folder, to look at: nothing is started.
---@param dir string
---@return docksing.Rehearsal?
function Rehearsal.attach(dir)
    -- Containers are known by their whole path.
    if not dir:find "^/" then dir = folders.current() .. "/" .. dir:gsub("^%./+", "") end
    local known, _, head = record.read(dir)
    if not head then return nil end
    local self = setmetatable({
        host = "local", dir = dir, remotedir = dir, ids = {}, resumed = true, points = {}, live = {}, running = 0,
        engine = native.engine(),
    }, Rehearsal)
    local list = {}
    for _, point in pairs(known) do list[#list + 1] = point end
    table.sort(list, function(a, b) return a.number < b.number end)
    for index, old in ipairs(list) do
        local own = { state = "pending" }
        for key, value in pairs(old.status or {}) do own[key] = value end
        own.index, own.name, own.number, own.parameters, own.attempt = index, old.name, old.number, old.parameters,
            old.attempt
        own.known, own.sources, own.identity = not old.status and old.starting, old.sources or {}, old.identity
        own.begun = old.begun
        self.points[index] = own
    end
    return self
end

--- Takes note of the end of a container.
local function note_end(self, point)
    for place, one in ipairs(self.live) do
        if one == point then
            table.remove(self.live, place)
            break
        end
    end
    container.set_state(self, point, point.run.state, point.run.code)
end

--- Waits for the end of a container, for so many seconds at most, and takes note of it.
---@return boolean settled whether one has ended
function Rehearsal:settle(seconds)
    local runs = {}
    for index, point in ipairs(self.live) do runs[index] = point.run end
    local run = #runs > 0 and native.select(runs, { timeout = seconds })
    for _, point in ipairs(self.live) do
        if run and point.run == run and run.finished then
            -- Until the log is whole in its file.
            for _ in run:lines { tail = 0 } do end
            note_end(self, point)
            return true
        end
    end
    return false
end

--- Does what is due: starts what may start, and waits for news, for so many seconds at most.
---@return boolean going whether there is more to come
function Rehearsal:step(seconds)
    -- What a program that was killed has started goes on, and counts among those that may run.
    for _, point in ipairs(self.points) do
        if point.known then container.take_up(self, point) end
    end
    for _, point in ipairs(self.points) do
        if #self.live >= self.running then break end
        if point.state == "pending" then container.start(self, point) end
    end
    if #self.live == 0 then
        self:remember_end()
        return false
    end
    -- All that have ended by then.
    while self:settle(seconds) do seconds = 0 end
    return true
end

--- Has the index of this machine know how it ended, once.
function Rehearsal:remember_end()
    local first = self.points[1]
    if self.remembered or not first.planned then return end
    local code = 0
    for _, point in ipairs(self.points) do
        if not states.is_final(point.state) then return end
        if point.state ~= "completed" and code == 0 then code = math.max(1, point.code or 125) end
    end
    self.remembered = true
    native.remember_rehearsal(first.planned.job, self.dir, code)
end

--- How all points stand, without waiting.
function Rehearsal:status()
    local list = {}
    for index, point in ipairs(self.points) do
        list[index] = {
            index = index, number = point.number, name = point.name, state = point.state, reason = point.reason,
            code = point.code, node = nil, started = point.started, ended = point.ended, elapsed = point.elapsed,
            restarts = 0, metrics = point.metrics, metrics_kind = point.metrics_kind, job = point.job,
        }
    end
    return list
end

--- The points with their parameters.
function Rehearsal:list()
    local list = {}
    for index, point in ipairs(self.points) do
        list[index] = { index = index, number = point.number, name = point.name, parameters = point.parameters }
    end
    return list
end

function Rehearsal:poll()
    self:step(0)
    return self:status()
end

function Rehearsal:wait(options)
    local stop = options and options.timeout and native.clock() + options.timeout
    while self:step(stop and math.max(0, math.min(1, stop - native.clock())) or 1) do
        if stop and native.clock() >= stop then break end
    end
    return self:status()
end

--- See docksing.Points: lines and states as they come.
function Rehearsal:follow(options)
    options = options or {}
    local cursors, seen = {}, {}
    return coroutine.wrap(function()
        local going = true
        while going do
            going = self:step(0.25)
            local rows
            if options.beat then coroutine.yield(0, "beat") end
            for index, point in ipairs(self.points) do
                local cursor = cursors[index] or {}
                cursors[index] = cursor
                -- Of a point that had ended before, the last lines are no news.
                if options.tail and not seen[index] and states.is_final(point.state) then cursor.done = true end
                if options.log and not cursor.done and (point.run or states.is_final(point.state)) then
                    for _, stream in ipairs { "stdout", "stderr" } do
                        local path = container.log(self, point, stream)
                        local lines
                        lines, cursor[stream] = tail.lines(path, cursor[stream], states.is_final(point.state),
                            options.tail)
                        for _, line in ipairs(lines) do
                            coroutine.yield(index, "line", line, stream)
                        end
                    end
                    cursor.done = states.is_final(point.state)
                end
                if seen[index] ~= point.state then
                    seen[index] = point.state
                    rows = rows or self:status()
                    coroutine.yield(index, "state", rows[index])
                end
            end
        end
    end)
end

--- The text of a point's log, or its last lines.
function Rehearsal:log(index, stream, options)
    local path, last = container.log(self, self.points[index], stream or "stdout"), options and options.tail
    return (last and tail.text(path, last) or not last and folders.read(path)) or ""
end

function Rehearsal:cancel(indices)
    for _, index in ipairs(indices or self:all()) do
        local point = self.points[index]
        if point.known then container.take_up(self, point) end
        if point.run and not states.is_final(point.state) then
            point.run:cancel()
            note_end(self, point)
        elseif not states.is_final(point.state) then
            container.set_state(self, point, "cancelled", 143)
        end
    end
end

--- Runs points again that have ended otherwise than well.
function Rehearsal:retry(indices, options)
    self.remembered = false
    self.running = options and options.running or self.running
    for _, index in ipairs(indices) do
        local point = self.points[index]
        if not point.planned then
            fail("the job of the point %s is not known here; run the script of the sweep again, and then retry",
                point.name)
        end
        point.attempt, point.state, point.run, point.code, point.reason = point.attempt + 1, "pending", nil, nil, nil
        point.started, point.ended, point.elapsed, point.metrics = nil, nil, nil, nil
        container.note(self, point)
    end
end

function Rehearsal:all()
    local list = {}
    for index in ipairs(self.points) do list[index] = index end
    return list
end

--- Copies what the points wrote into another folder. Without one there is nothing to bring: they wrote to their
--- folders here.
function Rehearsal:fetch(options)
    local report = fetched.report { fetched = {}, kept = {}, skipped = {}, unfinished = {}, passed_over = 0 }
    if options.only then fail("only is for a fetch from a cluster; what a container here writes is in its folders "
        .. "already") end
    for _, index in ipairs(options.into and (options.points or self:all()) or {}) do
        local point = self.points[index]
        for _, path in ipairs(outputs.copy(point.sources, point.name, options.into)) do
            table.insert(report.fetched, path)
        end
    end
    return report
end

return Rehearsal
