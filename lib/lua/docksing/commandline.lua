--- DockSing's command line: its options, and which of them go together.
local options = require "docksing.options"

local commandline = {}

--- What --help prints.
commandline.usage = [[
usage: docksing-shell [--ssh USER@HOST] --config FILE... [--check|--attach|--status|--stream|--kill|--fetch]
                      [--again] [--tail N] [--json] [-- COMMAND...]
       docksing-shell --local --config FILE... [the same]
       docksing-shell --status|--stream|--kill|--fetch USER@HOST:DIR... [--tail N] [--json]
       docksing-shell --ssh USER@HOST [--config FILE] --store | --prune AGE [--dry-run]
       docksing-shell --cli [--exact] [--local] --config FILE
       docksing-shell --cli SCRIPT.lua [WORD...]
       docksing-shell --runs [--json]
       docksing-shell                               the prompt: Lua, with history, Tab and help()
       docksing-shell SCRIPT.lua [WORD...]          a script
       docksing-shell -e CODE                       code; see Lua below

Jobs
  --ssh USER@HOST  the cluster's login node, as ssh knows it; without it $DOCKSING_SSH, else the host of this
                   config's newest run
  --config FILE    the YAML file with the chapters remotedir, slurm and container, or a compose file;
                   of several, the later ones count more, by compose's rules for merging
  --service NAME   the service of a compose file that is the job
  --env-file FILE  variables for ${NAME} in a compose file, in place of .env; several times for several
  --slurm KEY=VAL  an option for Slurm, as in the chapter slurm; several times for several
  --set KEY=VALUE  any key of the config, as container.image=alpine:3; several times for several
  -- COMMAND...    what runs in the container, in place of the config's command
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
                   of a script: print what its first submission would do, and end there
  --exact          with --cli: print what is really run

Without --attach, --status, --stream, --kill, --fetch and --cli: submit, print the job and its directory, and return.
The directory of a sweep (a script makes those) is taken, too: --status prints its table, --stream is a live view on a
terminal, and every line with its point elsewhere.

Lua
  -e CODE          run this code; may be repeated
  -i               go on at the prompt after the code or the script
  -l NAME          require a module
  -v, -E, -W, -    Lua's version; without LUA_INIT and LUA_PATH; with warnings; a script from stdin
  --config FILE    with -e or -i: the global job
  --ssh USER@HOST  with -e or -i: the global hpc
  --color WHEN     colours at the prompt: auto, always or never

help() at the prompt is the manual of the Lua functions, and of all keys of a config: help "volumes".

  --help, -h       print this
  --version        print the version, and those of the libraries in use
  --print-job-script
                   print the script that is this command line; see the manual for replacing it]]

--- Its options, as docksing.options takes them.
commandline.options = {
    { name = "ssh", value = "USER@HOST" },
    { name = "config", value = "a FILE", list = true },
    { name = "service", value = "a NAME" },
    { name = "env-file", value = "a FILE", list = true },
    { name = "slurm", value = "KEY=VALUE", list = true },
    { name = "set", value = "KEY=VALUE", list = true },
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
}

--- Ends with the exit code for wrong usage.
---@param sentence string
function commandline.misused(sentence)
    io.stderr:write("docksing-shell: ", sentence, "\nSee 'docksing-shell --help'.\n")
    os.exit(2, true)
end

local misused = commandline.misused

--- Of several options that say different things, the ones that are given.
---@param given table<string, any>
---@param ... string
---@return string[]
local function among(given, ...)
    local found = {}
    for _, name in ipairs { ... } do
        if given[name] then found[#found + 1] = "--" .. name end
    end
    return found
end

--- What a line must name: a config, a host, or runs that are there.
local function check_place(given, places, actions)
    if given.runs then
        if actions[1] or places[1] then misused("--runs lists what was started here; only --json goes with it") end
    elseif places[1] then
        for _, word in ipairs(places) do
            if given.cli and word:find "%.lua$" then
                misused(("--cli and a script stand alone: docksing-shell --cli %s"):format(word))
            end
            if not word:find(":", 1, true) then
                misused(("'%s' is not an option, and no run as USER@HOST:DIR"):format(word))
            end
        end
        local others = among(given, "ssh", "config", "local", "cli", "again", "attach", "check", "store", "prune")
        if others[1] then misused(("%s does not go with %s, a run that is there"):format(others[1], places[1])) end
        if not actions[1] then
            misused("say what to do with it: --status, --stream, --kill or --fetch " .. places[1])
        end
    elseif not given.config and not (given.store or given.prune) then
        misused("no config is named; name one with --config FILE")
    elseif given.exact and not given.cli then
        misused("--exact goes with --cli")
    end
    if not given.config then
        local others = among(given, "service", "env-file", "slurm", "set", "command")
        if others[1] then misused(others[1] .. " goes with --config FILE") end
    end
end

--- Which options exclude each other, or need another one.
local function check_company(given, actions)
    -- As with DockSing, --cli counts more than all of these, and --local more than --ssh.
    if not given.cli then
        if #actions > 1 then misused(table.concat(actions, " and ") .. " exclude each other") end
        if given.again and actions[1] and not given.attach then
            misused("--again makes a new run; the newest one is what " .. actions[1] .. " means anyway")
        end
        if given.tail and not (given.attach or given.stream) then misused("--tail goes with --stream or --attach") end
        if given.tail and math.tointeger(given.tail) == nil then misused("--tail needs a whole number of lines") end
    end
    if given.command and actions[1] and not given.attach and not given.cli and not given.check then
        misused("a command behind -- is for a new run; " .. actions[1] .. " is about one that is there")
    end
    if (given.store or given.prune) and (given["local"] or given.cli) then
        misused((given.store and "--store" or "--prune") .. " is about a cluster: it goes with --ssh")
    elseif given["dry-run"] and not given.prune then
        misused("--dry-run goes with --prune")
    end
    local fetches = given.attach or given.stream or given.fetch
    if given.prune and not given.prune:find "^%d+[mhdw]$" then
        misused(("--prune needs an age in minutes, hours, days or weeks, as 30d, not '%s'"):format(given.prune))
    end
    if (given.into or given.only) and (given["local"] or given.cli or not fetches) then
        misused((given.into and "--into" or "--only") .. " goes with --ssh and one of --attach, --stream and --fetch")
    end
end

--- The words behind `--`; nil when there is no `--`.
local function words_behind(words, command)
    if command[1] then return command end
    if words[#words] == "--" then misused "behind -- the command is missing" end
end

--- Which host is meant when none is named: the environment says it, else the newest run of this config. Nothing that
--- lies beside a config, such as `.env`, does.
---@param given table<string, any>
---@param job docksing.Job?
---@return string host
function commandline.host(given, job)
    if given.ssh then return given.ssh end
    local named = os.getenv "DOCKSING_SSH"
    if named and named ~= "" then return named end
    local host = job and job:host()
    if host then
        io.stderr:write("docksing-shell: on ", host, ", as the newest run of this config; --ssh names another\n")
        return host
    end
    return misused "no host is named; name one with --ssh USER@HOST or $DOCKSING_SSH, or run here with --local"
end

--- Reads a command line. Ends the program when it is not right, or asks for help.
---@param words string[]
---@return table<string, any> given the options' values by name; switches are true
---@return string[] places the words that are no options: runs that are there
---@return string[] actions what is to be done, such as `--fetch`
function commandline.read(words)
    local places, command = {}, {}
    for index, word in ipairs(words) do
        if word == "--" then break end
        if word == "-h" then words[index] = "--help" end
    end
    local given, problem = options.parse(words, commandline.options, places, command)
    if not given then
        misused(problem)
    elseif given.help then
        print(commandline.usage)
        os.exit(0, true)
    end
    given.command = words_behind(words, command)
    local actions = among(given, "attach", "check", "status", "stream", "kill", "fetch", "store", "prune")
    check_place(given, places, actions)
    check_company(given, actions)
    return given, places, actions
end

return commandline
