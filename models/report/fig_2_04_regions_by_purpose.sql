with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

countries as (

    select * from {{ ref('dim_country') }}

),

regions as (

    select * from {{ ref('region') }}

),

purposes as (

    select * from {{ ref('purpose') }}

),

{{ regions_by_purpose() }}

select * from final
