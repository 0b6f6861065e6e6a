--- The command line's verbs for the run directory of a sweep: what `--status`, `--stream`, `--kill` and `--fetch` do
--- there.
local native = require "docksing.native"
local output = require "docksing.output"
local states = require "docksing.sweep.states"

local command = {}

--- How a point stands, as a program gets it.
local function fields_of(point)
    local fields = { point = point.name, number = point.number, parameters = point.parameters }
    for name, value in pairs(point.status) do
        if type(value) ~= "table" then fields[name] = value end
    end
    fields.index, fields.name = nil, nil
    if next(point.metrics) then fields.metrics, fields.metrics_kind = point.metrics, nil end
    return fields
end

--- How all points stand: a line, and a table; for programs an object for each point, and one for the whole.
function command.status(run, given)
    local code, state = run:poll()
    if given.json then
        for _, point in ipairs(run.points) do output.event("status", run, fields_of(point)) end
        output.event("sweep", run, { state = state, code = code, counts = run:counts() })
    else
        print(run)
        print(run:results())
    end
end

--- Cancels what has not ended.
function command.kill(run, given)
    local before = run:poll()
    if not before then run:cancel() end
    if given.json then
        output.event("cancelled", run, { counts = run:counts() })
    else
        output.say(("%s: %s (%s)"):format(run.name, before and "all points have ended; nothing is left to cancel"
            or "cancelled", states.summary(run:counts())))
    end
end

--- Brings the outputs of all points and says what came.
function command.fetch(run, given)
    local report = run:fetch { into = given.into, only = given.only }
    if given.json then output.event("fetched", run, report) else output.fetched(run, report) end
end

--- Shows how it goes to the end: the view on a terminal, and elsewhere all lines, each with its point. Then fetches,
--- and ends with the sweep's exit code.
function command.stream(run, given)
    if native.terminal "stdout" and not given.json then
        run:watch()
    else
        local function say(point, words)
            if given.json then
                output.event("state", run, { point = point.name, words = words })
            elseif point.ended then
                output.say(point.name, ": ", words)
            end
        end
        local _ <close> = setmetatable({}, { __close = output.restore })
        for point, line, stream, part in run:lines { tail = given.tail and math.tointeger(given.tail), state = say } do
            if given.json then
                output.event("output", run, { point = point.name, stream = stream, text = line, part = part })
            else
                output.line(point.name, line, stream, part)
            end
        end
        output.restore()
    end
    local code = run:wait()
    local ok, problem = pcall(command.fetch, run, given)
    -- Of a sweep that another machine submitted the folders are not here; that is no failure of the sweep.
    if not ok and (type(problem) ~= "userdata" or problem.kind ~= "local") then error(problem, 0) end
    if not ok and not given.json then output.say(tostring(problem)) end
    if given.json then output.event("end", run, { code = code, counts = run:counts() }) end
    os.exit(code or 125, true)
end

return command
