-- Requests for wrk. Its arguments say which: `new` topologies, a `known` one with its picture, or a `slider` and the
-- topology that it moves in.
local kind, topology, count, threads = "", "", 0, 0

function setup(worker)
  threads = threads + 1
  worker:set("number", threads)
end

function init(arguments)
  kind, topology = arguments[1], arguments[2]
  math.randomseed(number)
end

local KNOWN = "a = 2.0\\nb = -3.0\\nc = 10.0\\nf = -2.0\\ne = a*b\\nd = e + c\\nL = d*f\\nM = tanh(L)\\nN = M*a\\nO = N + L"
local NAMES = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" }
local OPERATORS = { "+", "*", "-" }

local function fresh() -- ten nodes; few of these graphs are alike
  local lines = {}
  for k, name in ipairs(NAMES) do
    local value = math.random(9) .. ".0"
    if k > 4 then
      value = NAMES[math.random(k - 1)] .. OPERATORS[math.random(3)] .. NAMES[k - 1 - k % 2]
    end
    lines[k] = name .. " = " .. value
  end
  return table.concat(lines, "\\n")
end

function request()
  count = count + 1
  local body = '{"source": "' .. (kind == "new" and fresh() or KNOWN) .. '"'
  if kind == "slider" then
    local known = '"display": true, "known": "' .. topology .. '"'
    body = body .. string.format(', %s, "inputs": {"a": %.4f}', known, (count + 1000 * number) % 997 / 100)
  end
  return wrk.format("POST", "/api/v1/run", { ["Content-Type"] = "application/json" }, body .. "}")
end
