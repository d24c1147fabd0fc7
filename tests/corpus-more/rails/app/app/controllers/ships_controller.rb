class ShipsController < ApplicationController
  def index
    @ships = Ship.order(:id).page(params[:page]).per(25)
    respond_to do |format|
      format.html
      format.json
      format.xml { render xml: @ships.map(&:attributes) }
    end
  end

  def show
    @ship = Ship.find(params[:id])
  end

  def new
    @ship = Ship.new
  end

  def create
    @ship = Ship.new(params.require(:ship).permit(:name, :guns))
    if @ship.save
      redirect_to @ship, notice: "Launched"
    else
      render :new, status: :unprocessable_entity
    end
  end

  def destroy
    Ship.find(params[:id]).destroy!
    head :no_content
  end
end
