--- The default job script: DockSing's command line. It uses the public Lua API and nothing else, so that a copy of it,
--- changed as you like, can replace it: docksing-shell --print-job-script >~/.config/docksing-shell/job.lua
local docksing = require "docksing"
local json = require "docksing.json"
local options = require "docksing.options"

local usage = [[
usage: docksing-shell --ssh USER@HOST --config FILE [--check|--attach|--status|--stream|--kill|--fetch]
                      [--again] [--tail N] [--json]
       docksing-shell --local --config FILE [the same]
       docksing-shell --status|--stream|--kill|--fetch USER@HOST:DIR... [--tail N] [--json]
       docksing-shell --ssh USER@HOST [--config FILE] --store | --prune AGE [--dry-run]
       docksing-shell --cli [--exact] [--local] --config FILE
       docksing-shell --runs [--json]

  --ssh USER@HOST  the cluster's login node, as ssh knows it
  --config FILE    the YAML file with the chapters remotedir, slurm and container
  --local          use this machine's Docker engine; needs no --ssh and no slurm chapter
  --attach         submit, show the log as it comes, fetch the outputs, exit with the job's exit code
  --check          look at all that the job needs, here and there; submit nothing
  --status         say how the newest run of the config stands, or those in the directories
  --stream         show its log from its first line, fetch, exit with its exit code; of several, with labels
  --kill           cancel it
  --fetch          bring its outputs back, also while it runs
  --into DIR       fetch into this folder, each bind's outputs in a folder of its name there
  --only PATTERN   fetch files that match, as in a .dockerignore: '*.csv', '**/*.csv'; several times for several
  --store          list what is in the store on the cluster: images and binds, and who needs them
  --prune AGE      remove from the store what was not used for 30d (12h, 2w ...) and no run needs
  --dry-run        with --prune: only say what would be removed
  --again          run in the next free remotedir-2, remotedir-3 ... when remotedir is taken
  --tail N         begin the log N lines before its end
  --runs           list the runs that were started here, as they were last seen
  --json           print JSON, an object on each line
  --timeout S      how many seconds the Docker engine may stay silent (60)
  --cli            print the command in DockSing's notation; connect to nothing, run nothing
  --exact          with --cli: print what is really run
  --help           print this

Without --attach, --status, --stream, --kill, --fetch and --cli: submit, print the job and its directory, and return.
The directory of a sweep (a script makes those) is taken, too: --status prints its table, --stream is a live view on a
terminal, and every line with its point elsewhere.]]

local places = {}
local given, problem = options.parse(arg, {
    { name = "ssh", value = "USER@HOST" },
    { name = "config", value = "a FILE" },
    { name = "local" },
    { name = "cli" },
    { name = "exact" },
    { name = "attach" },
    { name = "check" },
    { name = "status" },
    { name = "stream" },
    { name = "kill" },
    { name = "fetch" },
    { name = "into", value = "a folder" },
    { name = "only", value = "a pattern", list = true },
    { name = "again" },
    { name = "tail", value = "a number of lines", number = true },
    { name = "runs" },
    { name = "json" },
    { name = "store" },
    { name = "prune", value = "an age, as 30d" },
    { name = "dry-run" },
    { name = "timeout", value = "a number of seconds", number = true },
    { name = "help" },
}, places)

--- Ends with the exit code for wrong usage.
---@param sentence string
local function misused(sentence)
    io.stderr:write("docksing-shell: ", sentence, "\nSee 'docksing-shell --help'.\n")
    os.exit(2, true)
end

--- Of several options that say different things, the ones that are given.
---@param ... string
---@return string[]
local function among(...)
    local found = {}
    for _, name in ipairs { ... } do
        if given[name] then found[#found + 1] = "--" .. name end
    end
    return found
end

if not given then
    misused(problem)
elseif given.help then
    print(usage)
    os.exit(0, true)
end

local actions = among("attach", "check", "status", "stream", "kill", "fetch", "store", "prune")
if given.runs then
    if actions[1] or places[1] then misused("--runs lists what was started here; only --json goes with it") end
elseif places[1] then
    for _, word in ipairs(places) do
        if not word:find(":", 1, true) then
            misused(("'%s' is not an option, and no run as USER@HOST:DIR"):format(word))
        end
    end
    local others = among("ssh", "config", "local", "cli", "again", "attach", "check", "store", "prune")
    if others[1] then misused(("%s does not go with %s, a run that is there"):format(others[1], places[1])) end
    if not actions[1] then misused("say what to do with it: --status, --stream, --kill or --fetch " .. places[1]) end
elseif not given.config and not (given.store or given.prune) then
    misused("no config is named; name one with --config FILE")
elseif given.exact and not given.cli then
    misused("--exact goes with --cli")
elseif not given.ssh and not given["local"] and not given.cli then
    misused("no host is named; name one with --ssh USER@HOST, or run here with --local")
end
-- As with DockSing, --cli counts more than all of these, and --local more than --ssh.
if not given.cli then
    if #actions > 1 then misused(table.concat(actions, " and ") .. " exclude each other") end
    if given.again and actions[1] and not given.attach then
        misused("--again makes a new run; the newest one is what " .. actions[1] .. " means anyway")
    end
    if given.tail and not given.attach and not given.stream then misused("--tail goes with --stream or --attach") end
    if given.tail and math.tointeger(given.tail) == nil then misused("--tail needs a whole number of lines") end
end

if (given.store or given.prune) and (given["local"] or given.cli) then
    misused((given.store and "--store" or "--prune") .. " is about a cluster: it goes with --ssh")
elseif given["dry-run"] and not given.prune then
    misused("--dry-run goes with --prune")
end

-- Whether the last thing on the terminal is a line without an end, such as a progress bar.
local is_within_line = false

--- Says something that is not output of the job.
---@param ... any
local function say(...)
    io.stderr:write(is_within_line and "\n" or "", ...)
    io.stderr:write("\n")
    is_within_line = false
end

--- Prints an event for programs: with --json, all of stdout is made of these.
---@param event string
---@param run docksing.Run
---@param fields? table
local function tell(event, run, fields)
    local object = { event = event, host = run.host, dir = run.dir, id = run.id }
    for name, value in pairs(fields or {}) do object[name] = value end
    print(json.encode(object))
    io.stdout:flush()
end

--- Says a state and the next step.
---@param run docksing.Run
---@param words string
---@param advice string?
local function say_state(run, words, advice)
    if given.json then
        tell("state", run, { words = words, advice = advice })
    else
        say(run.name, ": ", words, advice and "; " .. advice or "")
    end
end

--- Brings the outputs back and says what came.
---@param run docksing.Run
local function fetch(run)
    local report = run:fetch((given.into or given.only) and { into = given.into, only = given.only } or nil)
    if given.json then
        tell("fetched", run, report)
        return
    end
    local unfinished = {}
    for _, path in ipairs(report.unfinished or {}) do unfinished[path] = true end
    for index, path in ipairs(report.fetched) do
        if index > 50 and #report.fetched > 60 then
            say("fetched ", #report.fetched - 50, " more")
            break
        end
        say("fetched ", path, unfinished[path] and " (it was being written; fetch again for the rest)" or "")
    end
    if run.host ~= "local" and #report.fetched + #report.kept + #report.skipped == 0 then
        local others = (report.passed_over or 0) > 0
            and (" but %d files that --only does not name ('**/*.csv' is in any folder)"):format(report.passed_over)
        say("nothing new to fetch", others or "")
    end
    for _, kept in ipairs(report.kept) do
        say(kept.path, " changed here meanwhile and stays; the run's is ", kept.fetched_as)
    end
    for _, skipped in ipairs(report.skipped) do
        say(skipped.path, " ", skipped.reason, "; see ", run.dir, " on ", run.host)
    end
end

--- How a run stands, for a person or a program.
---@param run docksing.Run
local function show_status(run)
    local status = run:status()
    if given.json then
        tell("status", run, status)
    else
        print(("%s on %s: %s (%s)%s"):format(run.name, run.host, status.words, run.dir,
            status.advice and "; " .. status.advice or ""))
    end
end

--- Fetches what can be fetched here, and gives the exit code.
---@param run docksing.Run
local function finish(run)
    local code = run:wait()
    if run.fetchable then
        fetch(run)
    elseif not given.json then
        say(run.name, " was submitted from another machine, so its outputs stay in ", run.dir, " on ", run.host)
    end
    if given.json then tell("end", run, run:status()) end
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
    for line, stream in shown do
        if given.json then
            tell("output", run, { stream = stream, text = line })
        else
            local file = stream == "stderr" and io.stderr or io.stdout
            file:write(line)
            file:flush()
            is_within_line = docksing.is_terminal(stream) and line:sub(-1) ~= "\n"
        end
    end
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
    for run, line, stream in lines do
        if given.json then
            tell("output", run, { stream = stream, text = line })
        else
            local file = stream == "stderr" and io.stderr or io.stdout
            file:write("[", run.id, "] ", line, "\n")
            file:flush()
        end
    end
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
        if not given.json then say(run.name, ": ", status.state, "; nothing is left to cancel") end
    else
        run:cancel()
        if not given.json then say(run.name, ": cancelled") end
    end
    if given.json then tell("cancelled", run, run:status()) end
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
        if has_sweep then misused("--stream takes one sweep at a time, and no other run beside it") end
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

local fetches = given.attach or given.stream or given.fetch
if (given.into or given.only) and (given["local"] or given.cli or not fetches) then
    misused((given.into and "--into" or "--only") .. " goes with --ssh and one of --attach, --stream and --fetch")
end

if given.runs then
    for _, record in ipairs(docksing.runs()) do
        if given.json then
            print(json.encode(record))
        else
            print(("%s  %-12s %-12s %s"):format(record.submitted, record.id and record.id:sub(1, 12) or "-",
                record.state, record.place))
        end
    end
    os.exit(0, true)
elseif places[1] then
    local runs = {}
    for i, place in ipairs(places) do runs[i] = docksing.attach(place, { timeout = given.timeout }) end
    act(runs)
    os.exit(0, true)
end

local job = given.config and docksing.load(given.config)

if given.store then
    print(docksing.connect(given.ssh):store(job))
    os.exit(0, true)
elseif given.prune then
    local removed = docksing.connect(given.ssh):prune { older = given.prune, dry = given["dry-run"], job = job }
    print(removed)
    os.exit(0, true)
end

if given.cli then
    local notation = given.exact and "exact" or "docksing"
    print(given["local"] and job:docker { notation = notation } or job:srun { notation = notation })
    os.exit(0, true)
end

--- Prints what a job needs with a tick or a cross, and ends.
---@param checks docksing.Checks
local function show_checks(checks)
    local marks = { [true] = "✓", [false] = "✗" }
    for _, check in ipairs(checks) do
        if given.json then
            print(json.encode(check))
        else
            print(("%s %s: %s%s"):format(marks[check.ok] or "?", check.name, check.detail,
                check.advice and "; " .. check.advice or ""))
        end
    end
    os.exit(checks.ok and 0 or 125, true)
end

if given.check then
    local here = docksing.engine { timeout = given.timeout }
    if given["local"] then show_checks(here:check(job)) end
    local connected, hpc = pcall(docksing.connect, given.ssh,
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
    or docksing.connect(given.ssh, { timeout = given.timeout, transport = job.docksing and job.docksing.transport })

if actions[1] and not given.attach then
    act { place:attach(job) }
else
    local run = place:submit(job, { again = given.again })
    if given.json then
        tell("submitted", run, { resumed = run.resumed })
    elseif given.attach or run.held then
        say(run.name, " in ", run.dir)
    else
        print(run.name .. (run.resumed and " (there already)" or "") .. " in " .. run.dir)
    end
    -- A job that is held by this connection would end with it.
    if given.attach or run.held then follow(run) end
end
