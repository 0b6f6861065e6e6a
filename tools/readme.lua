-- Holds a manual page to what it shows: every command in it is run, in a new folder and in the lab, and must print what
-- stands below it. Blocks whose opening fence names a file (```yaml color.yaml) become that file, several with the same
-- name one after the other; blocks that open with ```console are run, each line that begins with "$ ".
--   eval "$(lab/env)"; docksing-shell tools/readme.lua PROGRAM PAGE [FOLDER]   says whether all is as shown
--   ... PAGE FOLDER --write                                                    writes the page with what was printed
-- PROGRAM is the docksing-shell to try. The page says runs/; FOLDER, a folder of the cluster, stands for that (runs).
local program, page, folder, mode = arg[1], arg[2], arg[3] or "runs", arg[4]

--- The folder in which the page pretends to be.
local home <const> = "/home/me/color"

--- What a command printed, both streams as they came.
local function output_of(command)
    local pipe = assert(io.popen("{ " .. command .. "\n} 2>&1", "r"))
    local text = pipe:read "a"
    pipe:close()
    return text
end

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function plainly(text, old, new)
    return (text:gsub(old:gsub("%p", "%%%0"), (new:gsub("%%", "%%%%"))))
end

local work = output_of("mktemp -d"):match "[^\n]+"
local function remove_all()
    output_of("docker ps -aq --filter label=docksing.run | while read -r id; do "
        .. "docker inspect -f '{{index .Config.Labels \"docksing.run\"}}' $id | grep -q ^" .. quote(work)
        .. " && docker rm -f $id; done; rm -rf " .. quote(work))
end
assert(os.execute("mkdir " .. work .. "/.bin && ln -s " .. quote(program) .. " " .. work .. "/.bin/docksing-shell"))

--- The page's words as they are for this run, and back.
local function to_run(text) return plainly(text, "runs/", folder .. "/") end
local function to_page(text) return plainly(plainly(text, work, home), folder .. "/", "runs/") end

--- Runs one command of the page.
local function run(command)
    return to_page(output_of("cd " .. work .. " && PATH=$PWD/.bin:$PATH\n" .. to_run(command)))
end

--- A text without what differs from run to run: numbers of jobs, sizes, rates, ids; states that may be too short to be
--- seen; and the order, since stdout and stderr are two streams.
local function essence(text)
    local lines = {}
    for line in text:gmatch "[^\n]+" do
        local passing = line:find "^job %d+: %l" and not line:find "exited" and not line:find "cancelled"
        local image = line:find "^sending .-image" or line:find "^the image .- already$"
        if not passing and not image and not line:find " in %d+%.%d+ s, " then
            line = line:gsub("job %d+", "job N"):gsub("%x%x%x%x%x%x%x%x%x%x%x%x+", "ID")
            line = line:gsub("%d%d%d%d%-%d%d%-%d%dT[%d:]+Z", "TIME"):gsub("n[12]$", "NODE")
            lines[#lines + 1] = line:gsub("SUBMITTED job=%d+", "SUBMITTED job=N")
        end
    end
    table.sort(lines)
    return table.concat(lines, "\n")
end

local written, ran, wrong = {}, 0, 0
local function put(line) written[#written + 1] = line end

--- Compares what a command printed with what the page shows.
local function judge(command, shown)
    local printed = run(command)
    ran = ran + 1
    if printed ~= "" then put((printed:gsub("\n$", ""))) end
    if essence(printed) ~= essence(shown) then
        wrong = wrong + 1
        if mode ~= "--write" then print(("$ %s\n-- shown:\n%s-- printed:\n%s"):format(command, shown, printed)) end
    end
end

local kind, name, text, command -- of the block that is being read
local function finish_command()
    if command then judge(command, text) end
    command, text = nil, ""
end
for line in io.lines(page) do
    local fence, language, file = line:match "^(```)(%l*) ?(.*)$"
    if kind == "console" then
        if fence then
            finish_command()
            kind = nil
            put(line)
        elseif line:find "^%$ " then
            finish_command()
            command = line:sub(3)
            put(line)
        else
            text = text .. line .. "\n"
            if not command then put(line) end
        end
    else
        put(line)
        if fence and not kind then
            kind, name, text = language == "console" and "console" or "file", file, ""
        elseif fence then
            if name ~= "" then
                local handle <close> = assert(io.open(work .. "/" .. name, "a"))
                handle:write(to_run(text))
            end
            kind = nil
        elseif kind then
            text = text .. line .. "\n"
        end
    end
end
remove_all()

if mode == "--write" then
    local handle <close> = assert(io.open(page, "w"))
    for _, line in ipairs(written) do handle:write(line, "\n") end
else
    print(("%s: %d commands, %s"):format(page, ran, wrong == 0 and "as shown" or wrong .. " not as shown"))
    os.exit(wrong == 0, true)
end
