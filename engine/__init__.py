"""stub until language lands"""
