--- The default job script: DockSing's command line. It uses the public Lua API, docksing.commandline, which knows the
--- options, and docksing.output, so that a copy of it, changed as you like, can replace it:
--- docksing-shell --print-job-script >~/.config/docksing-shell/job.lua
local commandline = require "docksing.commandline"
local docksing = require "docksing"
local json = require "docksing.json"
local output = require "docksing.output"

if arg[1] == "--cli" and arg[2] and arg[2]:find "%.lua$" then
    require "docksing.dry_run".run(arg[2], table.move(arg, 3, #arg, 1, {}))
end
local given, places, actions = commandline.read(arg)

--- Says a state and the next step.
---@param run docksing.Run
---@param words string
---@param advice string?
local function say_state(run, words, advice)
    if given.json then
        output.event("state", run, { words = words, advice = advice })
    else
        output.say(run.name, ": ", words, advice and "; " .. advice or "")
    end
end

--- Brings the outputs back and says what came.
---@param run docksing.Run
local function fetch(run)
    local report = run:fetch((given.into or given.only) and { into = given.into, only = given.only } or nil)
    if given.json then output.event("fetched", run, report) else output.fetched(run, report) end
end

--- How a run stands, for a person or a program.
---@param run docksing.Run
local function show_status(run)
    local status = run:status()
    if given.json then
        output.event("status", run, status)
    else
        output.print(("%s on %s: %s (%s)%s"):format(run.name, run.host, status.words, run.dir,
            status.advice and "; " .. status.advice or ""))
    end
end

--- Fetches what can be fetched here, and gives the exit code.
---@param run docksing.Run
local function finish(run)
    local code = run:wait()
    if run.fetchable or given.into then
        fetch(run)
    elseif not given.json then
        output.say(run.name, " was not submitted from here, so its outputs stay in ", run.dir, " on ", run.host,
            "; --fetch with --into DIR brings them")
    end
    if given.json then output.event("end", run, run:status()) end
    return code or 125
end

--- Shows the log from its first line to its end, fetches, and ends with the job's exit code.
---@param run docksing.Run
local function follow(run)
    local shown = run:lines {
        keep = true,
        -- A line that is still being written, such as a progress bar, is for those who look on.
        partial = docksing.is_terminal "stdout" and not given.json,
        tail = given.tail and math.tointeger(given.tail),
        state = function(words, advice) say_state(run, words, advice) end,
    }
    -- Whatever ends it, Ctrl-C too.
    local _ <close> = setmetatable({}, { __close = output.restore })
    for line, stream, part in shown do
        if given.json then
            output.event("output", run, { stream = stream, text = line, part = part })
        else
            output.log(line, stream)
        end
    end
    output.restore()
    os.exit(finish(run), true)
end

--- Shows the logs of several runs, each line with its run, and ends with the first exit code that is not 0.
---@param runs docksing.Run[]
local function follow_all(runs)
    local lines = docksing.follow(runs, {
        tail = given.tail and math.tointeger(given.tail),
        keep = given.json,
        state = say_state,
    })
    local _ <close> = setmetatable({}, { __close = output.restore })
    for run, line, stream, part in lines do
        if given.json then
            output.event("output", run, { stream = stream, text = line, part = part })
        else
            output.line(run.id, line, stream, part)
        end
    end
    output.restore()
    local code = 0
    for _, run in ipairs(runs) do
        local own = finish(run)
        if code == 0 then code = own end
    end
    os.exit(code, true)
end

--- Cancels a run that has not ended.
---@param run docksing.Run
local function kill(run)
    local status = run:status()
    if status.code then
        if not given.json then output.say(run.name, ": ", status.state, "; nothing is left to cancel") end
    else
        run:cancel()
        if not given.json then output.say(run.name, ": cancelled") end
    end
    if given.json then output.event("cancelled", run, run:status()) end
end

--- Whether a run is that of a sweep, which is an object of Lua.
---@param run docksing.Run|docksing.SweepRun
local function is_sweep(run) return type(run) == "table" end

--- Does what is asked for with runs that are there.
---@param runs docksing.Run[]
local function act(runs)
    local has_sweep = false
    for _, run in ipairs(runs) do has_sweep = has_sweep or is_sweep(run) end
    if given.stream and runs[2] then
        if has_sweep then commandline.misused("--stream takes one sweep at a time, and no other run beside it") end
        follow_all(runs)
    end
    for _, run in ipairs(runs) do
        if is_sweep(run) then
            local verb = (actions[1] or "--status"):sub(3)
            require "docksing.sweep.command"[verb](run, given)
        elseif given.stream then
            follow(run)
        elseif given.kill then
            kill(run)
        elseif given.fetch then
            fetch(run)
        else
            show_status(run)
        end
    end
end

if given.runs then
    for _, record in ipairs(docksing.runs()) do
        if given.json then
            print(json.encode(record))
        else
            output.print(("%s  %-12s %-12s %s"):format(record.submitted, record.id and record.id:sub(1, 12) or "-",
                record.state, record.place))
        end
    end
    os.exit(0, true)
elseif places[1] then
    if given.stream then
        local runs = {}
        for i, place in ipairs(places) do runs[i] = docksing.attach(place, { timeout = given.timeout }) end
        act(runs)
    end
    -- A place where nothing is must not hide the others.
    local code = 0
    for _, place in ipairs(places) do
        local ok, problem = pcall(function() act { docksing.attach(place, { timeout = given.timeout }) } end)
        if not ok then
            -- The reason is an object of ours, else a mistake in this script.
            if type(problem) ~= "userdata" or problem.kind == "interrupted" then error(problem, 0) end
            if given.json then print(json.encode { event = "error", place = place, words = tostring(problem) }) end
            output.say("docksing-shell: ", places[2] and place .. ": " or "", tostring(problem))
            if code == 0 then code = problem.code end
        end
    end
    os.exit(code, true)
end

local job = given.config and docksing.load(given.config, {
    service = given.service, env_file = given["env-file"], slurm = given.slurm, set = given.set,
    command = given.command,
})
local host = not given["local"] and not given.cli and commandline.host(given, job)

--- Prints what is in a store, or was removed from it.
---@param store docksing.Store
local function show_store(store)
    if not given.json then return output.print(tostring(store)) end
    for _, item in ipairs(store) do print(json.encode(item)) end
end

if given.store then
    show_store(docksing.connect(host):store(job))
    os.exit(0, true)
elseif given.prune then
    local removed = docksing.connect(host):prune { older = given.prune, dry = given["dry-run"], job = job }
    show_store(removed)
    os.exit(0, true)
end

if given.cli then
    local notation = given.exact and "exact" or "docksing"
    if given.exact then
        for _, warning in ipairs(job:warnings(given["local"] and "local" or "cluster")) do
            io.stderr:write("docksing-shell: warning: ", warning, "\n")
        end
    end
    print(given["local"] and job:docker { notation = notation } or job:srun { notation = notation })
    os.exit(0, true)
end

--- Prints what a job needs with a tick or a cross, and ends.
---@param checks docksing.Checks
local function show_checks(checks)
    for _, check in ipairs(checks) do
        print(given.json and json.encode(check) or require "docksing.listed".check(check))
    end
    os.exit(checks.ok and 0 or 125, true)
end

if given.check then
    local here = docksing.engine { timeout = given.timeout }
    if given["local"] then show_checks(here:check(job)) end
    local connected, hpc = pcall(docksing.connect, host,
        { timeout = given.timeout, transport = job.docksing and job.docksing.transport })
    if connected then show_checks(hpc:check(job)) end
    -- The reason is an object of ours, else a mistake in this script.
    if type(hpc) ~= "userdata" or hpc.kind == "interrupted" then error(hpc, 0) end
    local checks = here:check(job)
    checks[#checks + 1] = { name = "login", ok = false, detail = hpc.message, advice = hpc.hint }
    checks.ok = false
    show_checks(checks)
end

local place = given["local"] and docksing.engine { timeout = given.timeout }
    or docksing.connect(host, { timeout = given.timeout, transport = job.docksing and job.docksing.transport })

if actions[1] and not given.attach then
    act { place:attach(job) }
else
    local run = place:submit(job, { again = given.again })
    if given.json then
        output.event("submitted", run, { resumed = run.resumed })
    elseif given.attach or run.held then
        output.say(run.name, " in ", run.dir)
    else
        output.print(run.name .. (run.resumed and " (there already)" or "") .. " in " .. run.dir)
    end
    -- A job that is held by this connection would end with it.
    if given.attach or run.held then follow(run) end
end
