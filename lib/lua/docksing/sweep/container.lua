--- The container of a point of a rehearsal: started, or taken up; where its log is, and what is noted of it.
local fail = require "docksing.fail"
local folders = require "docksing.sweep.folders"
local metrics = require "docksing.sweep.metrics"
local native = require "docksing.native"
local record = require "docksing.sweep.record"
local states = require "docksing.sweep.states"

local container = {}

--- Writes down a point that will be started.
---@param rehearsal docksing.Rehearsal
---@param point table
function container.note(rehearsal, point)
    record.note(rehearsal, {
        name = point.name, number = point.number, identity = point.identity, attempt = point.attempt,
        parameters = point.parameters, sources = point.sources,
    })
end

--- The folder of the log of an attempt at a point.
local function folder_of(point, attempt)
    attempt = attempt or point.attempt
    return ("points/%05d%s"):format(point.number, attempt > 1 and "-" .. attempt or "")
end

--- The container of an attempt at a point, if there is one.
local function find(rehearsal, point, attempt)
    local ok, run = pcall(rehearsal.engine.attach, rehearsal.engine, rehearsal.dir .. "/" .. folder_of(point, attempt))
    return ok and run or nil
end

--- The file of a point's log.
---@param rehearsal docksing.Rehearsal
---@param point table
---@param stream "stdout"|"stderr"
---@return string path
function container.log(rehearsal, point, stream)
    return ("%s/%s/%s.txt"):format(rehearsal.dir, folder_of(point), stream)
end

--- Takes note of a point's state, and of its end for later calls.
---@param rehearsal docksing.Rehearsal
---@param point table
---@param state docksing.State
---@param code? integer
function container.set_state(rehearsal, point, state, code)
    point.state, point.code = state, code
    if not states.is_final(state) then return end
    -- Docker knows the times, also of a container that somebody else has started.
    if point.run then
        local known, status = pcall(point.run.status, point.run)
        if known then point.started, point.ended, point.elapsed = status.started, status.ended, status.elapsed end
    end
    point.reported = true
    local own = {}
    for index, source in ipairs(point.sources) do own[index] = source .. "/" .. point.name end
    if point.begun and state ~= "refused" and state ~= "vanished" then
        point.metrics, point.metrics_kind = metrics.find(container.log(rehearsal, point, "stdout"), own, point.begun)
    end
    record.note(rehearsal, {
        name = point.name, state = state, code = code, started = point.started, ended = point.ended,
        elapsed = point.elapsed, metrics = point.metrics, metrics_kind = point.metrics_kind, job = point.job,
        reason = point.reason,
    })
end

--- A point runs from now on.
local function run_on(rehearsal, point, run)
    point.run, point.job = run, run.id:sub(1, 12)
    rehearsal.ids[#rehearsal.ids + 1] = point.job
    rehearsal.live[#rehearsal.live + 1] = point
    point.state = "running"
end

--- Takes up the container of a point that was being started when nobody heard of it any more. One of which there is
--- none is still to be started.
---@param rehearsal docksing.Rehearsal
---@param point table
function container.take_up(rehearsal, point)
    point.known = nil
    local run = find(rehearsal, point)
    if run then return run_on(rehearsal, point, run) end
    -- Who only looks on does not judge: it may be starting at this moment.
    if not point.planned then point.state, point.known = "vanished", true end
end

--- Ends what is left of an attempt: what was computed before a change would be written over what is computed after it.
---@param rehearsal docksing.Rehearsal
---@param point table
---@param attempt integer
function container.give_up(rehearsal, point, attempt)
    local run = find(rehearsal, point, attempt)
    if run and not run.finished then run:cancel() end
end

--- Starts a point.
---@param rehearsal docksing.Rehearsal
---@param point table
function container.start(rehearsal, point)
    local planned = point.planned
    local changes = {
        remotedir = rehearsal.remotedir .. "/" .. folder_of(point),
        -- An empty table would take the job's own away.
        environment = next(planned.environment) and planned.environment or nil,
        command = planned.command, volumes = point.volumes(point.name),
    }
    for _, source in ipairs(point.sources) do
        local own = source .. "/" .. point.name
        if not folders.make(own) then fail("the folder %s cannot be made", own) end
    end
    point.begun = native.time()
    record.note(rehearsal, { name = point.name, starting = point.attempt, at = point.begun })
    local ok, run = pcall(rehearsal.engine.submit, rehearsal.engine, planned.job:with(changes), { listed = false })
    if ok then return run_on(rehearsal, point, run) end
    if type(run) == "userdata" and run.kind == "interrupted" then error(run, 0) end
    -- Another program, with the same script, was quicker.
    local other = tostring(run):find("holds this very run", 1, true) and find(rehearsal, point)
    if other then return run_on(rehearsal, point, other) end
    point.reason = tostring(run)
    container.set_state(rehearsal, point, "refused", 125)
end

return container
