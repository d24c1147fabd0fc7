module ShipsHelper
  def armed(ship)
    ship.guns.to_i.positive? ? "armed" : "harmless"
  end
end
